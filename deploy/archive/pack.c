/* See pack.h. Everything is hashed before, for release.json, and again while it is written: a file
 * that changes in between would make an archive that refuses itself. */
#include "deploy/archive/pack.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/random.h"
#include "deploy/archive/archive_reader.h"
#include "deploy/archive/archive_write.h"
#include "deploy/archive/pack_tree.h"
#include "verify/digest.h"
#include "verify/manifest.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 256 * 1024, MODE_ARCHIVE = 0644, ASIDE_SIZE = 12 };

static const int64_t earliest_ms =
    315532800000; /* 1980-01-01: the earliest that all formats know */

typedef struct Packing {
    const PackRequest *request;
    PackTree tree;
    Hasher *hasher;
    uint8_t *buffer;
    ArchiveWriter *writer;
} Packing;

static bool creation_time(const PackRequest *request, int64_t *out, Error *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH"); /* https://reproducible-builds.org */
    uint64_t seconds = 0;

    *out = request->created_ms != 0 ? request->created_ms : earliest_ms;
    if (request->created_ms != 0 || !epoch)
        return true;
    if (!text_parse_number(epoch, INT64_MAX / 1000, &seconds))
        return error_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH is %s, not a number of seconds", epoch);
    *out = (int64_t)seconds * 1000;
    return true;
}

static bool describe(const Packing *packing, char **out, Error *err)
{
    const PackRequest *request = packing->request;
    Manifest manifest = {.name = request->name,
                         .version = request->version,
                         .os = request->os,
                         .arch = request->arch,
                         .expires_ms = request->expires_ms,
                         .command = request->command,
                         .files = packing->tree.files,
                         .file_count = packing->tree.count};

    return creation_time(request, &manifest.created_ms, err) &&
           manifest_format(&manifest, out, err);
}

static bool copy_content(Packing *packing, File *file, Digest *digest, Error *err)
{
    size_t got = 0;

    if (!hasher_reset(packing->hasher, err))
        return false;
    do {
        if (!file_read(file, packing->buffer, BUFFER_BYTES, &got, err))
            return false;
        if (got > 0 && (!hasher_update(packing->hasher, packing->buffer, got, err) ||
                        !archive_writer_write(packing->writer, packing->buffer, got, err)))
            return false;
    } while (got > 0);
    return hasher_finish(packing->hasher, digest, err);
}

static bool add_file(Packing *packing, const ManifestFile *listed, Error *err)
{
    CLEANUP(free) char *path = path_join(packing->request->folder, listed->path);
    CLEANUP(file_close) File *file = NULL;
    uint64_t bytes = 0;
    Digest digest;

    if (!path)
        return error_memory(err);
    if (!file_open(path, FILE_READ, &file, err) || !file_size(file, &bytes, err))
        return false;
    if (bytes != listed->size_bytes)
        return error_set(err, ERR_ARCHIVE, "%s changed while it was packed", listed->path);
    if (!archive_writer_begin(packing->writer, listed->path, bytes, listed->mode == 0755, err) ||
        !copy_content(packing, file, &digest, err))
        return false;
    return digest_equal(&digest, &listed->digest) ||
           error_set(err, ERR_ARCHIVE, "%s changed while it was packed", listed->path);
}

static bool add_all(Packing *packing, const char *json, Error *err)
{
    if (!archive_writer_begin(packing->writer, MANIFEST_FILE_NAME, strlen(json), false, err) ||
        !archive_writer_write(packing->writer, json, strlen(json), err))
        return false;
    for (size_t i = 0; i < packing->tree.count; i++) {
        if (!add_file(packing, &packing->tree.files[i], err))
            return false;
    }
    return archive_writer_finish(packing->writer, err);
}

static bool write_archive(Packing *packing, const char *path, Error *err)
{
    CLEANUP(archive_writer_close) ArchiveWriter *writer = NULL;
    CLEANUP(hasher_free) Hasher *hasher = NULL;
    CLEANUP(free) uint8_t *buffer = malloc(BUFFER_BYTES);
    CLEANUP(free) char *json = NULL;
    CLEANUP(file_close) File *file = NULL;

    if (!buffer)
        return error_memory(err);
    if (!describe(packing, &json, err) || !hasher_new(&hasher, err) ||
        !file_open(path, FILE_CREATE_NEW, &file, err) ||
        !archive_writer_open(file, packing->request->out_path, &writer, err))
        return false;
    packing->buffer = buffer;
    packing->hasher = hasher;
    packing->writer = writer;
    return add_all(packing, json, err) && file_sync(file, err) &&
           file_set_mode(path, MODE_ARCHIVE, err);
}

/* Reads back what was written, by the rules of unpack: an archive that godeploy itself would refuse
 * is better not made. libarchive, for one, composes decomposed accents when it reads names. */
static bool check_readable(const Packing *packing, const char *path, Error *err)
{
    const ArchiveLimits limits = {UINT64_MAX / 4, UINT64_MAX / 4, UINT32_MAX, UINT32_MAX};
    CLEANUP(archive_reader_close) ArchiveReader *reader = NULL;
    ArchiveEntry entry;
    bool more = true;

    if (!archive_reader_open(path, &limits, NULL, &reader, err) ||
        !archive_reader_next(reader, &entry, &more, err)) /* release.json */
        return false;
    for (size_t i = 0; i < packing->tree.count; i++) {
        const char *name = packing->tree.files[i].path;

        if (!archive_reader_next(reader, &entry, &more, err))
            return false;
        if (!more || strcmp(entry.name, name) != 0) {
            (void)error_set(err, ERR_ARCHIVE, "%s has another name in the archive", name);
            return error_hint(err, "Its accents are stored decomposed: rename the file.");
        }
    }
    return archive_reader_next(reader, &entry, &more, err);
}

/* An archive below the folder would hold an older one of itself next time. */
static bool check_out_path(const PackRequest *request, Error *err)
{
    CLEANUP(free) char *folder = NULL;
    CLEANUP(free) char *out = NULL;
    const char *problem = archive_writer_name_problem(request->out_path);
    size_t length = 0;

    if (problem)
        return error_set(err, ERR_USAGE, "%s %s", request->out_path, problem);
    if (file_kind(request->folder) == FILE_MISSING)
        return error_set(err, ERR_USAGE, "there is no folder %s", request->folder);
    if (!file_can_be_written(request->out_path, err))
        return false;
    if (!path_absolute(request->folder, &folder, err) ||
        !path_absolute(request->out_path, &out, err))
        return false;
    length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    if (strncmp(out, folder, length) == 0 && out[length] == '/')
        return error_set(err, ERR_USAGE, "%s lies in the folder that is packed", request->out_path);
    return true;
}

static bool name_aside(const char *path, char **out, Error *err)
{
    char token[ASIDE_SIZE + 1];

    if (!random_token(token, ASIDE_SIZE, err))
        return false;
    *out = text_formatted("%s.%s.part", path, token);
    return *out || error_memory(err);
}

static bool write_aside(Packing *packing, Error *err)
{
    const char *path = packing->request->out_path;
    CLEANUP(free) char *aside = NULL;
    Error ignored = {0};

    if (!name_aside(path, &aside, err))
        return false;
    if (write_archive(packing, aside, err) && check_readable(packing, aside, err) &&
        file_rename_durable(aside, path, err))
        return true;
    (void)file_remove(aside, &ignored); /* the first error is the one that counts */
    return false;
}

static bool pack(Packing *packing, PackReport *out, Error *err)
{
    PackReport report = {0};

    if (!check_out_path(packing->request, err) ||
        !pack_tree_read(packing->request->folder, &packing->tree, err) ||
        !write_aside(packing, err) ||
        !file_size_of(packing->request->out_path, &report.archive_bytes, err))
        return false;
    report.files = packing->tree.count;
    report.bytes = packing->tree.bytes;
    report.empty_folders = packing->tree.empty_folders;
    *out = report;
    return true;
}

bool pack_release(const PackRequest *request, PackReport *out, Error *err)
{
    Packing packing = {.request = request};
    bool packed = pack(&packing, out, err);

    pack_tree_free(&packing.tree);
    return packed || error_while(err, "packing %s", request->folder);
}
