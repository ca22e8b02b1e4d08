/* find_bytes: where a run of bytes is in another. */
#ifndef GODEPLOY_TESTS_SUPPORT_FIND_BYTES_H
#define GODEPLOY_TESTS_SUPPORT_FIND_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first place of `wanted`, inside `bytes`. NULL: none. */
static inline const uint8_t *find_bytes(const void *bytes, size_t length, const void *wanted,
                                        size_t wanted_length)
{
    const uint8_t *start = bytes;

    for (size_t at = 0; wanted_length <= length && at <= length - wanted_length; at++)
        if (memcmp(start + at, wanted, wanted_length) == 0)
            return start + at;
    return NULL;
}

#endif
