/* See archive_source.h. */
#include "deploy/archive/archive_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER_BYTES = 256 * 1024 };

struct ArchiveSource {
    ArchiveLibrary library;
    File *file;
    uint64_t bytes;
    uint64_t offset;     /* of the next read */
    uint64_t done_bytes; /* read so far, for progress: a zip is read from its end first */
    uint8_t *buffer;
    ArchiveKind kind;
    ArchiveProgress progress;
    Error failure; /* of a callback; code ERR_NONE if none failed */
};

typedef struct Magic {
    const char *bytes;
    size_t length;
    const char *words; /* what it is instead; NULL: one of ours */
    ArchiveKind kind;  /* where it is ours */
} Magic;

static const Magic magics[] = {
    {"PK\003\004",       4, NULL,                            ARCHIVE_ZIP     },
    {"\037\213\010",     3, NULL,                            ARCHIVE_TAR_GZIP},
    {"\050\265\057\375", 4, NULL,                            ARCHIVE_TAR_ZSTD},
    {"PK\005\006",       4, "an empty zip",                  ARCHIVE_ZIP     },
    {"PK\007\010",       4, "one of several disks of a zip", ARCHIVE_ZIP     },
    {"\3757zXZ",         5, "compressed with xz",            ARCHIVE_ZIP     },
    {"BZh",              3, "compressed with bzip2",         ARCHIVE_ZIP     },
    {"7z\274\257",       4, "a 7-Zip archive",               ARCHIVE_ZIP     },
    {"Rar!",             4, "a RAR archive",                 ARCHIVE_ZIP     },
    {"\177ELF",          4, "a program that is not packed",  ARCHIVE_ZIP     },
    {"MZ",               2, "a program that is not packed",  ARCHIVE_ZIP     },
    {"<",                1, "a web page or XML",             ARCHIVE_ZIP     },
    {"{",                1, "JSON",                          ARCHIVE_ZIP     },
};

static const Magic *magic_of(const uint8_t *first, size_t length)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (length >= magics[i].length && memcmp(first, magics[i].bytes, magics[i].length) == 0)
            return &magics[i];
    }
    return NULL;
}

static bool tell_kind(ArchiveSource *source, Error *err)
{
    uint8_t first[8] = {0};
    size_t got = 0;
    const Magic *magic = NULL;

    if (!file_read(source->file, first, sizeof first, &got, err) ||
        !file_seek(source->file, 0, err))
        return false;
    magic = magic_of(first, got);
    if (magic && !magic->words) {
        source->kind = magic->kind;
        return true;
    }
    (void)error_set(err, ERR_ARCHIVE, "it is neither a zip nor a tar.gz nor a tar.zst, but %s",
                    magic      ? magic->words
                    : got == 0 ? "empty"
                               : "something unknown");
    return error_hint(err, "Pack the release with `godeploy pack DIR -o FILE.tar.zst`.");
}

bool archive_source_open(const char *path, const ArchiveProgress *progress, ArchiveSource **out,
                         Error *err)
{
    CLEANUP(archive_source_close) ArchiveSource *source = calloc(1, sizeof *source);

    if (!source)
        return error_memory(err);
    if (progress)
        source->progress = *progress;
    source->buffer = malloc(BUFFER_BYTES);
    if (!source->buffer)
        return error_memory(err);
    if (!file_open(path, FILE_READ, &source->file, err) ||
        !file_size(source->file, &source->bytes, err) || !tell_kind(source, err) ||
        !archive_library_load(&source->library, err))
        return false;
    *out = TAKE(source);
    return true;
}

void archive_source_close(ArchiveSource *source)
{
    if (!source)
        return;
    file_close(source->file);
    free(source->buffer);
    free(source);
}

ArchiveKind archive_source_kind(const ArchiveSource *source)
{
    return source->kind;
}

uint64_t archive_source_bytes(const ArchiveSource *source)
{
    return source->bytes;
}

File *archive_source_file(ArchiveSource *source)
{
    return source->file;
}

const ArchiveLibrary *archive_source_library(const ArchiveSource *source)
{
    return &source->library;
}

bool archive_source_rewind(ArchiveSource *source, Error *err)
{
    source->offset = 0;
    return file_seek(source->file, 0, err);
}

static bool report(ArchiveSource *source)
{
    const ArchiveProgress *progress = &source->progress;
    uint64_t done = source->done_bytes < source->bytes ? source->done_bytes : source->bytes;

    if (!progress->progress || progress->progress(progress->context, done, source->bytes))
        return true;
    return error_set(&source->failure, ERR_INTERRUPTED, "interrupted");
}

static int stop(ArchiveSource *source, struct archive *archive)
{
    source->library.set_error(archive, EIO, "%s", source->failure.message);
    return ARCHIVE_FATAL;
}

static la_ssize_t on_read(struct archive *archive, void *context, const void **buffer)
{
    ArchiveSource *source = context;
    size_t got = 0;

    if (!report(source) ||
        !file_read(source->file, source->buffer, BUFFER_BYTES, &got, &source->failure))
        return stop(source, archive);
    source->offset += got;
    source->done_bytes += got;
    *buffer = source->buffer;
    return (la_ssize_t)got;
}

static la_int64_t on_seek(struct archive *archive, void *context, la_int64_t offset, int whence)
{
    ArchiveSource *source = context;
    int64_t from = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? (int64_t)source->offset
                                        : (int64_t)source->bytes;
    int64_t to = from + offset;

    if (to < 0 || to > (int64_t)source->bytes) {
        source->library.set_error(archive, EINVAL, "it points outside of itself");
        return ARCHIVE_FATAL;
    }
    if (!file_seek(source->file, (uint64_t)to, &source->failure))
        return stop(source, archive);
    source->offset = (uint64_t)to;
    return to;
}

static la_int64_t on_skip(struct archive *archive, void *context, la_int64_t request)
{
    const ArchiveSource *source = context;
    int64_t rest = (int64_t)(source->bytes - source->offset);
    int64_t skipped = request < rest ? request : rest;

    return on_seek(archive, context, skipped, SEEK_CUR) < 0 ? ARCHIVE_FATAL : skipped;
}

void archive_source_attach(ArchiveSource *source, struct archive *archive)
{
    const ArchiveLibrary *library = &source->library;

    (void)library->read_set_read_callback(archive, on_read); /* setters: a new handle takes them */
    (void)library->read_set_skip_callback(archive, on_skip);
    (void)library->read_set_seek_callback(archive, on_seek);
    (void)library->read_set_callback_data(archive, source);
}

bool archive_source_failed(const ArchiveSource *source, struct archive *archive, Error *err)
{
    const char *reason = source->library.error_string(archive);

    if (source->failure.code != ERR_NONE) {
        *err = source->failure;
        return false;
    }
    (void)error_set(err, ERR_ARCHIVE, "the archive is damaged: %s",
                    reason ? reason : "it cannot be read");
    return error_hint(err, "Fetch it again; if it is still damaged, pack the release anew.");
}
