/* See archive_write.h. */
#include "deploy/archive/archive_write.h"

#include "base/text.h"
#include "deploy/archive/archive_library.h"
#include "deploy/archive/archive_locale.h"

#include <errno.h>

struct ArchiveWriter {
    ArchiveLibrary library;
    ArchiveLocale *locale;
    File *file;
    struct archive *archive;
    int64_t entry_time_s;
    Error failure; /* of file_write(), inside a callback of libarchive */
};

typedef struct Format {
    const char *suffix;
    const char *format; /* libarchive's names */
    const char *filter; /* NULL: none */
    const char *options;
    int64_t entry_time_s;
} Format;

/* Level 9 of zstd and 6 of zlib: near their best, and quick enough for each push. */
#define ZIP_OPTIONS  "zip:compression=deflate,zip:compression-level=6,zip:hdrcharset=UTF-8"
#define GZIP_OPTIONS "gzip:compression-level=6,gzip:!timestamp"
#define ZSTD_OPTIONS "zstd:compression-level=9"

/* 1970 becomes the earliest date a zip has, in every time zone; tar programs warn of it, and get
 * 1980-01-01 UTC. */
enum { ZIP_TIME_S = 0, TAR_TIME_S = 315532800 };

static const Format formats[] = {
    {".zip",     "zip",  NULL,   ZIP_OPTIONS,  ZIP_TIME_S},
    {".tar.gz",  "paxr", "gzip", GZIP_OPTIONS, TAR_TIME_S},
    {".tgz",     "paxr", "gzip", GZIP_OPTIONS, TAR_TIME_S},
    {".tar.zst", "paxr", "zstd", ZSTD_OPTIONS, TAR_TIME_S},
};

static const Format *format_of(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (text_ends_with(name, formats[i].suffix))
            return &formats[i];
    }
    return NULL;
}

const char *archive_writer_name_problem(const char *name)
{
    return format_of(name) ? NULL : "must end in .zip, .tar.gz, .tgz or .tar.zst";
}

static bool failed(const ArchiveWriter *writer, Error *err)
{
    const char *reason = writer->library.error_string(writer->archive);

    if (writer->failure.code != ERR_NONE) {
        *err = writer->failure;
        return false;
    }
    return error_set(err, ERR_ARCHIVE, "the archive cannot be written: %s",
                     reason ? reason : "no reason known");
}

static la_ssize_t on_write(struct archive *archive, void *context, const void *bytes, size_t length)
{
    ArchiveWriter *writer = context;

    if (file_write(writer->file, bytes, length, &writer->failure))
        return (la_ssize_t)length;
    writer->library.set_error(archive, EIO, "%s", writer->failure.message);
    return ARCHIVE_FATAL;
}

static bool start(ArchiveWriter *writer, const Format *format, Error *err)
{
    const ArchiveLibrary *library = &writer->library;
    struct archive *archive = writer->archive;

    writer->entry_time_s = format->entry_time_s;
    if (library->write_set_format_by_name(archive, format->format) != ARCHIVE_OK ||
        (format->filter &&
         library->write_add_filter_by_name(archive, format->filter) != ARCHIVE_OK) ||
        library->write_set_options(archive, format->options) != ARCHIVE_OK ||
        library->write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK || /* no padding */
        library->write_open(archive, writer, NULL, on_write, NULL) != ARCHIVE_OK)
        return failed(writer, err);
    return true;
}

bool archive_writer_open(File *file, const char *name, ArchiveWriter **out, Error *err)
{
    CLEANUP(archive_writer_close) ArchiveWriter *writer = calloc(1, sizeof *writer);
    const Format *format = format_of(name);

    if (!format)
        return error_set(err, ERR_USAGE, "%s %s", name, archive_writer_name_problem(name));
    if (!writer)
        return error_memory(err);
    if (!archive_library_load(&writer->library, err))
        return false;
    writer->locale = archive_locale_enter();
    writer->file = file;
    writer->archive = writer->library.write_new();
    if (!writer->archive)
        return error_memory(err);
    if (!start(writer, format, err))
        return false;
    *out = TAKE(writer);
    return true;
}

void archive_writer_close(ArchiveWriter *writer)
{
    if (!writer)
        return;
    if (writer->archive) {
        /* What was not finished stays unfinished. */
        (void)writer->library.write_fail(writer->archive);
        (void)writer->library.write_free(writer->archive);
    }
    archive_locale_leave(writer->locale);
    free(writer);
}

bool archive_writer_begin(ArchiveWriter *writer, const char *name, uint64_t bytes, bool executable,
                          Error *err)
{
    const ArchiveLibrary *library = &writer->library;
    struct archive_entry *entry = library->entry_new2(writer->archive);
    int result = ARCHIVE_OK;

    if (!entry)
        return error_memory(err);
    library->entry_set_pathname_utf8(entry, name);
    library->entry_set_filetype(entry, AE_IFREG);
    library->entry_set_perm(entry, executable ? 0755 : 0644);
    library->entry_set_size(entry, (la_int64_t)bytes);
    library->entry_set_mtime(entry, writer->entry_time_s, 0);
    library->entry_set_uid(entry, 0);
    library->entry_set_gid(entry, 0);
    result = library->write_header(writer->archive, entry);
    library->entry_free(entry);
    return result == ARCHIVE_OK || failed(writer, err);
}

bool archive_writer_write(ArchiveWriter *writer, const void *bytes, size_t length, Error *err)
{
    la_ssize_t written = writer->library.write_data(writer->archive, bytes, length);

    return (written >= 0 && (size_t)written == length) || failed(writer, err);
}

bool archive_writer_finish(ArchiveWriter *writer, Error *err)
{
    return writer->library.write_close(writer->archive) == ARCHIVE_OK || failed(writer, err);
}
