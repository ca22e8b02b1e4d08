/* pe_checksum: the checksum in the optional header, computed while a file streams by.
 *
 * It protects nothing: a mismatch is only worth a note. Source: the sum of all 16-bit words with
 * the carry added back, plus the length, as ImageHlp's CheckSumMappedFile computes it. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PE_CHECKSUM_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PeChecksum {
    uint64_t sum;
    uint64_t length; /* bytes so far */
} PeChecksum;

void pe_checksum_update(PeChecksum *checksum, const uint8_t *bytes, size_t length);

/* Of the whole file, as if `stored`, which stands in the header, were zero. */
uint32_t pe_checksum_value(const PeChecksum *checksum, uint32_t stored);

#endif
