/* See archive_reader.h. A zip is looked at by zip_layout first, and libarchive must find the same
 * entries; a tar is read through archive_stream. */
#include "deploy/archive/archive_reader.h"

#include "deploy/archive/archive_library.h"
#include "deploy/archive/archive_limits.h"
#include "deploy/archive/archive_locale.h"
#include "deploy/archive/archive_source.h"
#include "deploy/archive/archive_stream.h"
#include "deploy/archive/zip_layout.h"
#include "verify/entry_name.h"

#include <errno.h>
#include <string.h>

enum { TAR_BLOCK_BYTES = 512 };

struct ArchiveReader {
    ArchiveLocale *locale;
    ArchiveSource *source;
    const ArchiveLibrary *library; /* of the source */
    ArchiveStream *stream;         /* NULL for a zip */
    ZipLayout layout;              /* empty for a tar */
    struct archive *entries;
    ArchiveLimits limits;
    Error failure; /* of the stream, inside a callback of libarchive */
    uint64_t entry_count;
    uint64_t file_count;
    uint64_t total_bytes; /* stated by the files so far */
    char *name;           /* of the entry, vetted; owned */
    uint64_t stated_bytes;
    uint64_t read_bytes; /* of the entry */
};

static bool failed(const ArchiveReader *reader, Error *err)
{
    if (reader->failure.code != ERR_NONE) {
        *err = reader->failure;
        return false;
    }
    return archive_source_failed(reader->source, reader->entries, err);
}

static la_ssize_t on_read(struct archive *archive, void *context, const void **block)
{
    ArchiveReader *reader = context;
    size_t length = 0;

    if (!archive_stream_read(reader->stream, block, &length, &reader->failure)) {
        reader->library->set_error(archive, EIO, "%s", reader->failure.message);
        return ARCHIVE_FATAL;
    }
    return (la_ssize_t)length;
}

static bool names_are_utf8(ArchiveReader *reader, Error *err)
{
    const char *options = archive_locale_options();

    return !options || reader->library->read_set_options(reader->entries, options) == ARCHIVE_OK ||
           error_set(err, ERR_INTERNAL, "libarchive was built without %s", options);
}

static bool open_tar(ArchiveReader *reader, Error *err)
{
    if (!archive_stream_open(reader->source, &reader->limits, &reader->stream, err))
        return false;
    if (reader->library->read_support_format_tar(reader->entries) != ARCHIVE_OK)
        return error_set(err, ERR_INTERNAL, "libarchive was built without tar");
    if (!names_are_utf8(reader, err))
        return false;
    if (reader->library->read_open(reader->entries, reader, NULL, on_read, NULL) != ARCHIVE_OK)
        return failed(reader, err);
    return true;
}

static bool check_layout(const ArchiveReader *reader, Error *err)
{
    uint64_t total = 0;

    for (size_t i = 0; i < reader->layout.count; i++)
        total += reader->layout.entries[i].bytes; /* each below 4 GiB: no overflow */
    return archive_ratio_check(&reader->limits, total, archive_source_bytes(reader->source), err);
}

static bool open_zip(ArchiveReader *reader, Error *err)
{
    File *file = archive_source_file(reader->source);

    if (!zip_layout_read(file, reader->limits.max_entries, &reader->layout, err) ||
        !check_layout(reader, err) || !file_seek(file, 0, err))
        return false;
    if (reader->library->read_support_format_zip_seekable(reader->entries) != ARCHIVE_OK)
        return error_set(err, ERR_INTERNAL, "libarchive was built without zip");
    if (!names_are_utf8(reader, err))
        return false;
    archive_source_attach(reader->source, reader->entries);
    if (reader->library->read_open1(reader->entries) != ARCHIVE_OK)
        return failed(reader, err);
    return true;
}

static bool begin(ArchiveReader *reader, Error *err)
{
    reader->entries = reader->library->read_new();
    if (!reader->entries)
        return error_memory(err);
    return archive_source_kind(reader->source) == ARCHIVE_ZIP ? open_zip(reader, err)
                                                              : open_tar(reader, err);
}

static void end(ArchiveReader *reader)
{
    if (reader->entries)
        (void)reader->library->read_free(reader->entries); /* only read from */
    reader->entries = NULL;
    archive_stream_close(reader->stream);
    reader->stream = NULL;
    zip_layout_free(&reader->layout);
    reader->layout = (ZipLayout){0};
}

bool archive_reader_open(const char *path, const ArchiveLimits *limits,
                         const ArchiveProgress *progress, ArchiveReader **out, Error *err)
{
    CLEANUP(archive_reader_close) ArchiveReader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return error_memory(err);
    reader->limits = limits ? *limits : archive_default_limits();
    reader->locale = archive_locale_enter();
    if (!archive_source_open(path, progress, &reader->source, err))
        return false;
    reader->library = archive_source_library(reader->source);
    if (!begin(reader, err))
        return false;
    *out = TAKE(reader);
    return true;
}

bool archive_reader_restart(ArchiveReader *reader, Error *err)
{
    end(reader);
    reader->entry_count = 0;
    reader->file_count = 0;
    reader->total_bytes = 0;
    return archive_source_rewind(reader->source, err) && begin(reader, err);
}

void archive_reader_close(ArchiveReader *reader)
{
    if (!reader)
        return;
    end(reader);
    archive_source_close(reader->source);
    archive_locale_leave(reader->locale);
    free(reader->name);
    free(reader);
}

static bool refuse(const char *name, const char *rule, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, ERR_ARCHIVE, "entry %s %s",
                     entry_name_printable(name, strlen(name), shown), rule);
}

/* A tar without two blocks of zeros at its end may be cut; one with more than zeros behind it holds
 * what this reader does not see and another one might. */
static bool check_tar_end(ArchiveReader *reader, Error *err)
{
    uint64_t end = (uint64_t)reader->library->read_header_position(reader->entries);
    const void *block = NULL;
    size_t length = 0;

    do {
        if (!archive_stream_read(reader->stream, &block, &length, err))
            return false;
    } while (length > 0);
    if (archive_stream_content_end(reader->stream) > end)
        return error_set(err, ERR_ARCHIVE, "bytes follow the end of the tar");
    if (archive_stream_length(reader->stream) < end + TAR_BLOCK_BYTES)
        return error_set(err, ERR_ARCHIVE, "the tar is cut short: it has no end mark");
    return true;
}

static bool check_end(ArchiveReader *reader, Error *err)
{
    if (reader->stream && !check_tar_end(reader, err))
        return false;
    if (!reader->stream && reader->entry_count != reader->layout.count)
        return error_set(err, ERR_ARCHIVE, "the zip lists %zu entries, but %llu can be read",
                         reader->layout.count, (unsigned long long)reader->entry_count);
    return reader->file_count > 0 || error_set(err, ERR_ARCHIVE, "the archive has no file in it");
}

/* libarchive's reader and ours must mean the same entry. */
static bool check_against_layout(const ArchiveReader *reader, const char *name,
                                 struct archive_entry *entry, Error *err)
{
    const ZipEntry *listed = &reader->layout.entries[reader->entry_count];
    size_t length = 0;

    if (reader->entry_count >= reader->layout.count)
        return error_set(err, ERR_ARCHIVE, "the zip has more entries than it lists");
    length = strlen(listed->name);
    if (strncmp(name, listed->name, length) != 0 ||
        (name[length] != 0 && strcmp(name + length, "/") != 0)) {
        (void)refuse(listed->name, "has another name for another reader", err);
        return error_hint(err, "Backslashes and decomposed accents do this: rename the file.");
    }
    if ((uint64_t)reader->library->entry_size(entry) != listed->bytes)
        return refuse(listed->name, "has another size for another reader", err);
    return true;
}

static bool check_kind(const ArchiveLibrary *library, const char *name, struct archive_entry *entry,
                       Error *err)
{
    if (library->entry_hardlink(entry))
        return refuse(name, "is a hard link", err);
    if (library->entry_filetype(entry) == AE_IFLNK)
        return refuse(name, "is a symbolic link", err);
    if (library->entry_filetype(entry) != AE_IFREG && library->entry_filetype(entry) != AE_IFDIR)
        return refuse(name, "is a device, a pipe or a socket", err);
    if (library->entry_is_encrypted(entry))
        return refuse(name, "is encrypted", err);
    if (library->entry_sparse_count(entry) > 0)
        return refuse(name, "is sparse", err);
    if (!library->entry_size_is_set(entry) || library->entry_size(entry) < 0)
        return refuse(name, "states no size", err);
    if (library->entry_filetype(entry) == AE_IFDIR && library->entry_size(entry) > 0)
        return refuse(name, "is a folder, but has content", err);
    return true;
}

/* "./x" and "x/" become "x": what `tar -C dir .` and folder entries look like. */
static char *plain_name(const char *name, bool is_folder)
{
    size_t length = 0;

    while (name[0] == '.' && name[1] == '/')
        name += 2;
    length = strlen(name);
    if (is_folder && length > 0 && name[length - 1] == '/')
        length--;
    return text_copy_bytes(name, length);
}

static bool is_top(const char *name, bool is_folder)
{
    return is_folder && (name[0] == 0 || strcmp(name, ".") == 0);
}

static bool vet_name(const char *name, Error *err)
{
    if (entry_name_check(name, strlen(name), err))
        return true;
    if (err->code == ERR_REFUSED)
        err->code = ERR_ARCHIVE; /* it is the archive that is refused for it */
    return false;
}

static bool count_entry(ArchiveReader *reader, struct archive_entry *entry, Error *err)
{
    reader->entry_count++;
    if (reader->entry_count > reader->limits.max_entries)
        return error_set(err, ERR_ARCHIVE, "the archive has more than the %llu entries allowed",
                         (unsigned long long)reader->limits.max_entries);
    if (reader->library->entry_filetype(entry) == AE_IFREG)
        reader->file_count++;
    reader->stated_bytes = (uint64_t)reader->library->entry_size(entry);
    reader->read_bytes = 0;
    return true;
}

static bool take_entry(ArchiveReader *reader, struct archive_entry *entry, ArchiveEntry *out,
                       bool *top, Error *err)
{
    const char *name = reader->library->entry_pathname_utf8(entry);
    bool is_folder = reader->library->entry_filetype(entry) == AE_IFDIR;

    if (!name)
        return error_set(err, ERR_ARCHIVE, "an entry has a name that is not UTF-8");
    if (!check_kind(reader->library, name, entry, err) ||
        (!reader->stream && !check_against_layout(reader, name, entry, err)) ||
        !count_entry(reader, entry, err))
        return false;
    free(reader->name);
    reader->name = plain_name(name, is_folder);
    if (!reader->name)
        return error_memory(err);
    *top = is_top(reader->name, is_folder);
    if (*top)
        return true;
    if (!vet_name(reader->name, err) ||
        !archive_size_check(&reader->limits, reader->name, reader->stated_bytes,
                            reader->total_bytes, err))
        return false;
    reader->total_bytes += reader->stated_bytes;
    *out = (ArchiveEntry){.name = reader->name,
                          .is_folder = is_folder,
                          .executable = (reader->library->entry_perm(entry) & 0111) != 0,
                          .bytes = reader->stated_bytes};
    return true;
}

bool archive_reader_next(ArchiveReader *reader, ArchiveEntry *out, bool *more, Error *err)
{
    bool top = true;

    while (top) {
        struct archive_entry *entry = NULL;
        int result = reader->library->read_next_header(reader->entries, &entry);

        *more = result != ARCHIVE_EOF;
        if (!*more)
            return check_end(reader, err);
        if (result != ARCHIVE_OK) /* a warning too: what is half understood is refused */
            return failed(reader, err);
        if (!take_entry(reader, entry, out, &top, err))
            return false;
    }
    return true;
}

bool archive_reader_data(ArchiveReader *reader, const void **bytes, size_t *length, Error *err)
{
    la_int64_t offset = 0;
    int result = ARCHIVE_OK;

    do {
        *length = 0;
        result = reader->library->read_data_block(reader->entries, bytes, length, &offset);
    } while (result == ARCHIVE_OK && *length == 0);
    if (result == ARCHIVE_EOF) {
        *length = 0;
        return reader->read_bytes == reader->stated_bytes ||
               refuse(reader->name, "is shorter than it states", err);
    }
    if (result != ARCHIVE_OK)
        return failed(reader, err);
    if ((uint64_t)offset != reader->read_bytes)
        return refuse(reader->name, "has holes", err);
    if (*length > reader->stated_bytes - reader->read_bytes)
        return refuse(reader->name, "is longer than it states", err);
    reader->read_bytes += *length;
    return true;
}
