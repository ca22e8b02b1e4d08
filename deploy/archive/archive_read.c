/* See archive.h: what is asked of an archive. libarchive's disk writer is not used: on Windows it
 * lets absolute names through, so every file is written here, under a name that was vetted. */
#include "deploy/archive/archive.h"

#include "base/file/file.h"
#include "base/path.h"
#include "deploy/archive/archive_names.h"
#include "deploy/archive/archive_reader.h"
#include "deploy/archive/archive_sync.h"
#include "verify/entry_name.h"

#include <string.h>

enum { MODE_PROGRAM = 0755, MODE_FILE = 0644, MODE_FOLDER = 0755, X_BITS = 0111 };
enum { DISK_BLOCK_BYTES = 4096 };

typedef struct Unpacking {
    const ArchiveUnpack *request;
    ArchiveReader *reader;
    ArchiveNames *names;
    ArchiveSync *sync;
    Hasher *hasher;
    size_t folders_made;
    ArchiveReport report;
} Unpacking;

/* What a file is, as far as it is known before its content came. */
typedef struct Expected {
    const Digest *digest; /* NULL: nothing is promised about its content */
    int mode;
} Expected;

static bool refuse(ErrorCode code, const char *name, const char *rule, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, code, "entry %s %s", entry_name_printable(name, strlen(name), shown),
                     rule);
}

static bool is_manifest(const ArchiveEntry *entry)
{
    return !entry->is_folder && strcmp(entry->name, MANIFEST_FILE_NAME) == 0;
}

static bool read_content(ArchiveReader *reader, const ArchiveEntry *entry, char **out, size_t *size,
                         Error *err)
{
    CLEANUP(free) char *content = NULL;
    const void *piece = NULL;
    size_t length = 0, at = 0;

    if (entry->bytes > MANIFEST_LIMIT)
        return refuse(ERR_ARCHIVE, entry->name, "is larger than 16 MiB", err);
    content = malloc((size_t)entry->bytes + 1);
    if (!content)
        return error_memory(err);
    do {
        if (!archive_reader_data(reader, &piece, &length, err))
            return false;
        if (length > 0) /* never more than entry->bytes in all: the reader sees to it */
            memcpy(content + at, piece, length);
        at += length;
    } while (length > 0);
    content[at] = 0;
    *out = TAKE(content);
    *size = at;
    return true;
}

static bool find_manifest(const char *path, const ArchiveLimits *limits, char **json,
                          size_t *length, Error *err)
{
    CLEANUP(archive_reader_close) ArchiveReader *reader = NULL;
    ArchiveEntry entry;
    bool more = true;

    if (!archive_reader_open(path, limits, NULL, &reader, err))
        return false;
    while (archive_reader_next(reader, &entry, &more, err)) {
        if (!more) {
            *json = NULL;
            *length = 0;
            return true;
        }
        if (is_manifest(&entry))
            return read_content(reader, &entry, json, length, err);
    }
    return false;
}

bool archive_read_manifest(const char *path, const ArchiveLimits *limits, char **json,
                           size_t *length, Error *err)
{
    return find_manifest(path, limits, json, length, err) ||
           error_while(err, "reading the description in %s", path);
}

static uint64_t on_disk(uint64_t bytes)
{
    return bytes / DISK_BLOCK_BYTES * DISK_BLOCK_BYTES + 2ULL * DISK_BLOCK_BYTES; /* and an inode */
}

static bool count_space(const char *path, const ArchiveLimits *limits, uint64_t *out, Error *err)
{
    CLEANUP(archive_reader_close) ArchiveReader *reader = NULL;
    ArchiveEntry entry;
    uint64_t total = 0;
    bool more = true;

    if (!archive_reader_open(path, limits, NULL, &reader, err))
        return false;
    while (archive_reader_next(reader, &entry, &more, err)) {
        if (!more) {
            *out = total;
            return true;
        }
        total += on_disk(entry.bytes);
    }
    return false;
}

bool archive_space_needed(const char *path, const ArchiveLimits *limits, const Manifest *manifest,
                          uint64_t *out_bytes, Error *err)
{
    uint64_t total = 0;

    if (!manifest)
        return count_space(path, limits, out_bytes, err) ||
               error_while(err, "looking into %s", path);
    for (size_t i = 0; i < manifest->file_count; i++) {
        uint64_t bytes = on_disk(manifest->files[i].size_bytes);

        total = bytes > UINT64_MAX - total ? UINT64_MAX : total + bytes;
    }
    *out_bytes = total;
    return true;
}

static bool make_folder(Unpacking *unpacking, const char *name, Error *err)
{
    CLEANUP(free) char *path = path_join(unpacking->request->into, name);

    if (!path)
        return error_memory(err);
    if (!folder_create(path, err) || !file_set_mode(path, MODE_FOLDER, err))
        return false;
    return true;
}

/* Those that the entry added, by itself or by lying in them. */
static bool make_new_folders(Unpacking *unpacking, Error *err)
{
    const char *name = NULL;

    while ((name = archive_names_folder(unpacking->names, unpacking->folders_made))) {
        if (!make_folder(unpacking, name, err))
            return false;
        unpacking->folders_made++;
    }
    return true;
}

static bool expect(const Unpacking *unpacking, const ArchiveEntry *entry, Expected *out, Error *err)
{
    const Manifest *manifest = unpacking->request->manifest;
    const ManifestFile *listed = NULL;
    char shown[ENTRY_PRINTABLE_SIZE];

    *out = (Expected){.mode = entry->executable ? MODE_PROGRAM : MODE_FILE};
    if (is_manifest(entry)) {
        out->mode = MODE_FILE;
        out->digest = unpacking->request->description;
        return entry->bytes <= MANIFEST_LIMIT ||
               refuse(ERR_ARCHIVE, entry->name, "is larger than 16 MiB", err);
    }
    if (!manifest)
        return true;
    listed = manifest_find(manifest, entry->name);
    if (!listed)
        return refuse(ERR_ARCHIVE, entry->name, "is not listed in " MANIFEST_FILE_NAME, err);
    out->mode = listed->mode & X_BITS ? MODE_PROGRAM : MODE_FILE;
    out->digest = &listed->digest;
    if (listed->size_bytes == entry->bytes)
        return true;
    return error_set(err, ERR_DIGEST_MISMATCH, "entry %s has %llu bytes instead of %llu",
                     entry_name_printable(entry->name, strlen(entry->name), shown),
                     (unsigned long long)entry->bytes, (unsigned long long)listed->size_bytes);
}

static bool copy_content(Unpacking *unpacking, File *file, bool hashed, Error *err)
{
    const void *piece = NULL;
    size_t length = 0;

    do {
        if (!archive_reader_data(unpacking->reader, &piece, &length, err))
            return false;
        if (length > 0 && hashed && !hasher_update(unpacking->hasher, piece, length, err))
            return false;
        if (length > 0 && !file_write(file, piece, length, err))
            return false;
        unpacking->report.bytes += length;
    } while (length > 0);
    return true;
}

static bool check_digest(Unpacking *unpacking, const char *name, const Digest *expected, Error *err)
{
    char promised[DIGEST_HEX_SIZE], found[DIGEST_HEX_SIZE], shown[ENTRY_PRINTABLE_SIZE];
    Digest digest;

    if (!hasher_finish(unpacking->hasher, &digest, err))
        return false;
    if (digest_equal(&digest, expected))
        return true;
    (void)error_set(err, ERR_DIGEST_MISMATCH, "entry %s has the SHA-256 %s instead of %s",
                    entry_name_printable(name, strlen(name), shown), digest_to_hex(&digest, found),
                    digest_to_hex(expected, promised));
    return error_hint(err, "Fetch it again; if it still differs, do not deploy it.");
}

static bool write_file(Unpacking *unpacking, const ArchiveEntry *entry, Error *err)
{
    CLEANUP(free) char *path = path_join(unpacking->request->into, entry->name);
    CLEANUP(file_close) File *file = NULL;
    Expected expected;

    if (!path)
        return error_memory(err);
    if (!expect(unpacking, entry, &expected, err) ||
        (expected.digest && !hasher_reset(unpacking->hasher, err)) ||
        !file_open(path, FILE_CREATE_NEW, &file, err) ||
        !copy_content(unpacking, file, expected.digest != NULL, err) ||
        (expected.digest && !check_digest(unpacking, entry->name, expected.digest, err)) ||
        !file_set_open_mode(file, expected.mode, err) ||
        !(archive_sync_defers_file(unpacking->sync) || file_sync(file, err)))
        return false;
    unpacking->report.files++;
    return true;
}

static bool unpack_entry(Unpacking *unpacking, const ArchiveEntry *entry, Error *err)
{
    unpacking->report.entries++;
    if (!(entry->is_folder ? archive_names_add_folder(unpacking->names, entry->name, err)
                           : archive_names_add_file(unpacking->names, entry->name, err)) ||
        !make_new_folders(unpacking, err))
        return false;
    return entry->is_folder || write_file(unpacking, entry, err);
}

static bool check_none_missing(const Unpacking *unpacking, Error *err)
{
    const Manifest *manifest = unpacking->request->manifest;

    for (size_t i = 0; manifest && i < manifest->file_count; i++) {
        if (!archive_names_has_file(unpacking->names, manifest->files[i].path))
            return refuse(ERR_ARCHIVE, manifest->files[i].path,
                          "is listed in " MANIFEST_FILE_NAME ", but missing", err);
    }
    return true;
}

static bool sync_folders(const Unpacking *unpacking, Error *err)
{
    const char *name = NULL;

    for (size_t i = 0; (name = archive_names_folder(unpacking->names, i)); i++) {
        CLEANUP(free) char *path = path_join(unpacking->request->into, name);

        if (!path)
            return error_memory(err);
        if (!folder_sync(path, err))
            return false;
    }
    return folder_sync(unpacking->request->into, err);
}

static bool unpack_all(Unpacking *unpacking, Error *err)
{
    ArchiveEntry entry;
    bool more = true;

    while (archive_reader_next(unpacking->reader, &entry, &more, err)) {
        if (!more)
            return check_none_missing(unpacking, err) &&
                   (archive_sync_covers_folders(unpacking->sync) || sync_folders(unpacking, err)) &&
                   archive_sync_finish(unpacking->sync, err);
        if (!unpack_entry(unpacking, &entry, err))
            return false;
    }
    return false;
}

static bool check_empty(const char *folder, Error *err)
{
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!folder_list(folder, &names, err))
        return false;
    return names.count == 0 || error_set(err, ERR_FILE, "%s is not empty", folder);
}

bool archive_unpack(const ArchiveUnpack *request, ArchiveReport *out, Error *err)
{
    CLEANUP(archive_reader_close) ArchiveReader *reader = NULL;
    CLEANUP(archive_names_free) ArchiveNames *names = NULL;
    CLEANUP(archive_sync_free) ArchiveSync *sync = NULL;
    CLEANUP(hasher_free) Hasher *hasher = NULL;
    Unpacking unpacking = {.request = request};

    if (!check_empty(request->into, err) || !archive_names_new(&names, err) ||
        !hasher_new(&hasher, err) || !archive_sync_begin(request->into, &sync, err))
        return error_while(err, "unpacking %s", request->path);
    if (!archive_reader_open(request->path, request->limits, request->progress, &reader, err))
        return error_while(err, "unpacking %s", request->path);
    unpacking.reader = reader;
    unpacking.names = names;
    unpacking.sync = sync;
    unpacking.hasher = hasher;
    if (!unpack_all(&unpacking, err))
        return error_while(err, "unpacking %s", request->path);
    *out = unpacking.report;
    return true;
}
