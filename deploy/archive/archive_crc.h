/* archive_crc: CRC-32 as gzip and zip use it (RFC 1952, 8), eight bytes a step. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_CRC_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct ArchiveCrc {
    uint32_t value;         /* of what was added so far */
    uint32_t table[8][256]; /* made when it begins: 8 KiB of constants are not worth their lines */
} ArchiveCrc;

void archive_crc_begin(ArchiveCrc *crc);
void archive_crc_add(ArchiveCrc *crc, const uint8_t *bytes, size_t length);

#endif
