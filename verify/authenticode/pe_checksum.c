/* See pe_checksum.h. A sum with end-around carry may be made of words of any width and in any
 * order, and folded to 16 bits at the end (RFC 1071 section 2). */
#include "verify/authenticode/pe_checksum.h"

#include "verify/authenticode/little_endian.h"

enum { LANES = 4 };

static uint64_t fold(uint64_t sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Of the words of `bytes`, the first of which is a lower half; folded. */
static uint64_t sum_words(const uint8_t *bytes, size_t length)
{
    uint64_t sums[LANES] = {0}; /* of 32-bit halves: no carry is lost in less than 16 GiB */
    uint64_t sum = 0;
    size_t at = 0;

    for (; length - at >= 16; at += 16) {
        const uint64_t first = le64(bytes + at);
        const uint64_t second = le64(bytes + at + 8);

        sums[0] += first & UINT32_MAX;
        sums[1] += first >> 32;
        sums[2] += second & UINT32_MAX;
        sums[3] += second >> 32;
    }
    for (int lane = 0; lane < LANES; lane++)
        sum += fold(sums[lane]);
    for (; at < length; at++)
        sum += at % 2 ? (uint64_t)bytes[at] << 8 : bytes[at];
    return fold(sum);
}

void pe_checksum_update(PeChecksum *checksum, const uint8_t *bytes, size_t length)
{
    uint64_t sum = sum_words(bytes, length);

    if (checksum->length % 2)
        sum = (sum & 0xff) << 8 | sum >> 8;
    checksum->sum += sum;
    checksum->length += length;
}

uint32_t pe_checksum_value(const PeChecksum *checksum, uint32_t stored)
{
    const uint64_t without = 0xffff - fold(stored); /* adding it takes `stored` away */

    return (uint32_t)(fold(checksum->sum + without) + checksum->length);
}
