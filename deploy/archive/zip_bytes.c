/* See zip_bytes.h. */
#include "deploy/archive/zip_bytes.h"

uint16_t zip_get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t zip_get32(const uint8_t *bytes)
{
    return (uint32_t)zip_get16(bytes) | (uint32_t)zip_get16(bytes + 2) << 16;
}

bool zip_refuse(Error *err, const char *rule)
{
    return error_set(err, ERR_ARCHIVE, "the zip is not well formed: %s", rule);
}

bool zip_refuse_zip64(Error *err)
{
    (void)error_set(err, ERR_ARCHIVE,
                    "the zip uses ZIP64, which only one of 4 GiB or 65535 entries needs");
    return error_hint(err, "Pack the release with `godeploy pack`, or as tar.zst.");
}

bool zip_read_at(File *file, uint64_t offset, void *out, size_t size, Error *err)
{
    uint8_t *next = out;

    if (!file_seek(file, offset, err))
        return false;
    while (size > 0) {
        size_t got = 0;

        if (!file_read(file, next, size, &got, err))
            return false;
        if (got == 0)
            return zip_refuse(err, "it ends in the middle of a header");
        next += got;
        size -= got;
    }
    return true;
}
