/* fuzz: what every fuzz target shares. A target is one file, fuzz_NAME.c, that judges one input:
 * more than "it did not crash", wherever something must hold for whatever comes. See README.md. */
#ifndef GODEPLOY_TESTS_FUZZ_FUZZ_H
#define GODEPLOY_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer calls it (https://llvm.org/docs/LibFuzzer.html), or replay.c. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What must hold for every input. Stops the run, which keeps the input. */
#define FUZZ_CHECK(condition) fuzz_check((condition), #condition, __FILE__, __LINE__)

static inline void fuzz_check(bool holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* A copy of exactly its size, so that a sanitizer sees the byte before and the byte behind it. */
static inline void *fuzz_copy(const void *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);

    FUZZ_CHECK(copy);
    for (size_t i = 0; i < length; i++)
        copy[i] = ((const char *)bytes)[i];
    return copy;
}

#endif
