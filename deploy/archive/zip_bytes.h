/* zip_bytes: what all readers of a zip's headers need: numbers (little-endian) and refusals. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ZIP_BYTES_H
#define GODEPLOY_DEPLOY_ARCHIVE_ZIP_BYTES_H

#include "base/error.h"
#include "base/file/file.h"

#include <stddef.h>
#include <stdint.h>

/* In a size or an offset: the true number is in a ZIP64 field. */
#define ZIP_IN_ZIP64 UINT32_MAX

uint16_t zip_get16(const uint8_t *bytes);
uint32_t zip_get32(const uint8_t *bytes);

/* Exactly `size` bytes from `offset`; ERR_ARCHIVE if the file ends before. */
bool zip_read_at(File *file, uint64_t offset, void *out, size_t size, Error *err);

/* Always false: ERR_ARCHIVE with the rule that is broken. */
bool zip_refuse(Error *err, const char *rule);
bool zip_refuse_zip64(Error *err);

#endif
