/* See zip_end.h. */
#include "deploy/archive/zip_end.h"

#include "deploy/archive/zip_bytes.h"

enum { END_SIZE = 22, LOCATOR_SIZE = 20 }; /* without the comment; ZIP64's stands before it */
enum { DIRECTORY_BYTES_MOST = 64 * 1024 * 1024 };

static const uint32_t end_signature = 0x06054b50;
static const uint32_t locator_signature = 0x07064b50;

/* The last record is searched from the end, as all readers do; the first one found must end where
 * the file ends, so nothing can hide behind it. */
static bool find_end(const uint8_t *tail, size_t size, size_t *out, Error *err)
{
    for (size_t at = size - END_SIZE + 1; at-- > 0;) {
        if (zip_get32(tail + at) != end_signature)
            continue;
        if (at + END_SIZE + zip_get16(tail + at + 20) != size)
            return zip_refuse(err, "bytes follow its end");
        if (zip_get16(tail + at + 20) > ZIP_COMMENT_MOST)
            break;
        *out = at;
        return true;
    }
    (void)zip_refuse(err, "no central directory at its end");
    return error_hint(err, "It may be cut short, have bytes behind its end, or a long comment.");
}

static bool directory_from_end(const uint8_t *end, uint64_t end_offset, ZipEnd *out, Error *err)
{
    out->count = zip_get16(end + 10);
    out->size = zip_get32(end + 12);
    out->offset = zip_get32(end + 16);
    if (out->count == UINT16_MAX || out->size == ZIP_IN_ZIP64 || out->offset == ZIP_IN_ZIP64)
        return zip_refuse_zip64(err);
    if (zip_get16(end + 4) != 0 || zip_get16(end + 6) != 0 || zip_get16(end + 8) != out->count)
        return zip_refuse(err, "it is one of several disks");
    if (out->offset + out->size != end_offset)
        return zip_refuse(err, "its central directory does not end where its end record begins");
    if (out->size > DIRECTORY_BYTES_MOST)
        return zip_refuse(err, "its central directory is larger than 64 MiB");
    return true;
}

/* A ZIP64 locator is 20 bytes in front of the end record, and nothing else may be there. */
static bool is_zip64(const uint8_t *tail, size_t at)
{
    return at >= LOCATOR_SIZE && zip_get32(tail + at - LOCATOR_SIZE) == locator_signature;
}

bool zip_end_read(File *file, ZipEnd *out, Error *err)
{
    uint8_t tail[LOCATOR_SIZE + END_SIZE + ZIP_COMMENT_MOST];
    uint64_t file_bytes = 0;
    size_t size = 0, at = 0;
    ZipEnd end = {0};

    if (!file_size(file, &file_bytes, err))
        return false;
    size = file_bytes < sizeof tail ? (size_t)file_bytes : sizeof tail;
    if (size < END_SIZE)
        return zip_refuse(err, "it is too short to be one");
    if (!zip_read_at(file, file_bytes - size, tail, size, err) || !find_end(tail, size, &at, err))
        return false;
    if (is_zip64(tail, at))
        return zip_refuse_zip64(err);
    if (!directory_from_end(tail + at, file_bytes - size + at, &end, err))
        return false;
    *out = end;
    return true;
}
