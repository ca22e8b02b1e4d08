/* See archive_crc.h. table[n][b] is the CRC of byte b with n zero bytes behind it. */
#include "deploy/archive/archive_crc.h"

static const uint32_t polynomial = 0xedb88320; /* bits reversed */

void archive_crc_begin(ArchiveCrc *crc)
{
    crc->value = 0;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;

        for (int bit = 0; bit < 8; bit++)
            rest = rest & 1 ? rest >> 1 ^ polynomial : rest >> 1;
        crc->table[0][byte] = rest;
    }
    for (size_t byte = 0; byte < 256; byte++) {
        for (size_t n = 1; n < 8; n++) {
            uint32_t before = crc->table[n - 1][byte];

            crc->table[n][byte] = before >> 8 ^ crc->table[0][before & 0xff];
        }
    }
}

static uint32_t add_eight(const ArchiveCrc *crc, uint32_t rest, const uint8_t *bytes)
{
    uint32_t low = rest ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                           (uint32_t)bytes[3] << 24);

    return crc->table[7][low & 0xff] ^ crc->table[6][low >> 8 & 0xff] ^
           crc->table[5][low >> 16 & 0xff] ^ crc->table[4][low >> 24] ^ crc->table[3][bytes[4]] ^
           crc->table[2][bytes[5]] ^ crc->table[1][bytes[6]] ^ crc->table[0][bytes[7]];
}

void archive_crc_add(ArchiveCrc *crc, const uint8_t *bytes, size_t length)
{
    uint32_t rest = ~crc->value;

    for (; length >= 8; bytes += 8, length -= 8)
        rest = add_eight(crc, rest, bytes);
    for (; length > 0; bytes++, length--)
        rest = rest >> 8 ^ crc->table[0][(rest ^ *bytes) & 0xff];
    crc->value = ~rest;
}
