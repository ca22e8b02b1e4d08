/* See archive_stream.h. Source: RFC 1952 (gzip), RFC 8878 (zstd). */
#include "deploy/archive/archive_stream.h"

#include "deploy/archive/archive_crc.h"
#include "deploy/archive/archive_limits.h"

enum { GZIP_TRAILER_BYTES = 8 };
enum { HEADER_BYTES = 2048, PADDING_BYTES = 1024 * 1024 }; /* what tar adds: by entry, at the end */

struct ArchiveStream {
    ArchiveSource *source;
    const ArchiveLibrary *library; /* of the source */
    struct archive *raw;           /* decompresses; knows nothing of tar */
    const ArchiveLimits *limits;
    uint64_t most_bytes;
    uint64_t length;
    uint64_t content_end;
    ArchiveCrc crc; /* gzip only */
};

static uint64_t most_bytes(const ArchiveLimits *limits)
{
    uint64_t headers = limits->max_entries < UINT64_MAX / 4 / HEADER_BYTES
                           ? limits->max_entries * HEADER_BYTES
                           : UINT64_MAX / 4;
    uint64_t files =
        limits->max_total_bytes < UINT64_MAX / 4 ? limits->max_total_bytes : UINT64_MAX / 4;

    return files + headers + PADDING_BYTES;
}

static bool open_raw(ArchiveStream *stream, Error *err)
{
    const ArchiveLibrary *library = stream->library;
    struct archive_entry *entry = NULL;
    struct archive *raw = stream->raw;
    bool gzip = archive_source_kind(stream->source) == ARCHIVE_TAR_GZIP;

    if ((gzip ? library->read_support_filter_gzip(raw) : library->read_support_filter_zstd(raw)) !=
            ARCHIVE_OK ||
        library->read_support_format_raw(raw) != ARCHIVE_OK)
        return error_set(err, ERR_INTERNAL, "libarchive was built without gzip or zstd");
    archive_source_attach(stream->source, raw);
    if (library->read_open1(raw) != ARCHIVE_OK ||
        library->read_next_header(raw, &entry) != ARCHIVE_OK)
        return archive_source_failed(stream->source, raw, err);
    /* The filter itself and the reader below it. Fewer: it did not know its own data again. */
    if (library->filter_count(raw) < 2)
        return error_set(err, ERR_ARCHIVE, "the archive is damaged: its first bytes are wrong");
    if (library->filter_count(raw) > 2)
        return error_set(err, ERR_ARCHIVE, "the archive is compressed more than once");
    return true;
}

bool archive_stream_open(ArchiveSource *source, const ArchiveLimits *limits, ArchiveStream **out,
                         Error *err)
{
    CLEANUP(archive_stream_close) ArchiveStream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return error_memory(err);
    stream->source = source;
    stream->library = archive_source_library(source);
    stream->most_bytes = most_bytes(limits);
    stream->limits = limits;
    archive_crc_begin(&stream->crc);
    stream->raw = stream->library->read_new();
    if (!stream->raw)
        return error_memory(err);
    if (!open_raw(stream, err))
        return false;
    *out = TAKE(stream);
    return true;
}

void archive_stream_close(ArchiveStream *stream)
{
    if (!stream)
        return;
    (void)stream->library->read_free(stream->raw); /* only read from */
    free(stream);
}

static bool count(ArchiveStream *stream, const uint8_t *block, size_t length, Error *err)
{
    size_t end = length;

    while (end > 0 && block[end - 1] == 0)
        end--;
    if (end > 0)
        stream->content_end = stream->length + end;
    stream->length += length;
    if (archive_source_kind(stream->source) == ARCHIVE_TAR_GZIP)
        archive_crc_add(&stream->crc, block, length);
    if (stream->length > stream->most_bytes)
        return error_set(err, ERR_ARCHIVE,
                         "the archive unpacks to more than the %llu bytes allowed",
                         (unsigned long long)stream->most_bytes);
    return archive_ratio_check(stream->limits, stream->length, archive_source_bytes(stream->source),
                               err);
}

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* libarchive 3.6 reads a gzip trailer, but does not compare it. Where the last trailer states our
 * length there is one member (or, once in 2^32, several), and its checksum is that of all of it. */
static bool check_gzip_trailer(const ArchiveStream *stream, Error *err)
{
    uint64_t bytes = archive_source_bytes(stream->source);
    File *file = archive_source_file(stream->source);
    uint8_t trailer[GZIP_TRAILER_BYTES];
    size_t got = 0;

    if (bytes < sizeof trailer)
        return error_set(err, ERR_ARCHIVE, "the archive is cut short");
    if (!file_seek(file, bytes - sizeof trailer, err) ||
        !file_read(file, trailer, sizeof trailer, &got, err))
        return false;
    if (got == sizeof trailer && get32(trailer + 4) == (uint32_t)stream->length &&
        get32(trailer) != stream->crc.value) {
        (void)error_set(err, ERR_ARCHIVE,
                        "the archive is damaged: its gzip checksum is %08x, its content's %08x",
                        (unsigned)get32(trailer), (unsigned)stream->crc.value);
        return error_hint(err, "Fetch it again; if it is still damaged, pack the release anew.");
    }
    return true;
}

static bool check_end(const ArchiveStream *stream, Error *err)
{
    uint64_t bytes = archive_source_bytes(stream->source);
    la_int64_t used = stream->library->filter_bytes(stream->raw, -1);

    if (used < 0 || (uint64_t)used != bytes)
        return error_set(err, ERR_ARCHIVE, "%lld bytes follow the compressed data of the archive",
                         (long long)bytes - (long long)used);
    return archive_source_kind(stream->source) != ARCHIVE_TAR_GZIP ||
           check_gzip_trailer(stream, err);
}

bool archive_stream_read(ArchiveStream *stream, const void **block, size_t *length, Error *err)
{
    la_int64_t offset = 0;
    int result = ARCHIVE_OK;

    do {
        *length = 0;
        result = stream->library->read_data_block(stream->raw, block, length, &offset);
    } while (result == ARCHIVE_OK && *length == 0);
    if (result == ARCHIVE_EOF) {
        *length = 0;
        return check_end(stream, err);
    }
    if (result != ARCHIVE_OK)
        return archive_source_failed(stream->source, stream->raw, err);
    return count(stream, *block, *length, err);
}

uint64_t archive_stream_length(const ArchiveStream *stream)
{
    return stream->length;
}

uint64_t archive_stream_content_end(const ArchiveStream *stream)
{
    return stream->content_end;
}
