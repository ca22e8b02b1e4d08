/* See tree.h. The folder is one that only we may write, so nobody swaps a file between two looks at
 * it. */
#include "verify/tree.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/text.h"
#include "verify/entry_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 1024 * 1024 };

typedef struct Walk {
    const char *folder;
    const Manifest *manifest;
    TextList pending; /* folders still to be listed, relative; "" is the top */
    bool *seen;       /* one for each file of the manifest */
    Hasher *hasher;   /* this and the buffer serve all files */
    uint8_t *buffer;
} Walk;

static void walk_end(Walk *walk)
{
    text_list_free(&walk->pending);
    free(walk->seen);
    hasher_free(walk->hasher);
    free(walk->buffer);
}
#define CLEANUP_WALK __attribute__((cleanup(walk_end)))

static bool walk_begin(const char *folder, const Manifest *manifest, Walk *walk, Error *err)
{
    walk->folder = folder;
    walk->manifest = manifest;
    walk->seen = calloc(manifest->file_count + 1, sizeof *walk->seen);
    walk->buffer = malloc(READ_SIZE);
    if (!walk->seen || !walk->buffer)
        return error_memory(err);
    return hasher_new(&walk->hasher, err) && text_list_add(&walk->pending, "", err);
}

static bool hint_changed(Error *err)
{
    return error_hint(err,
                      "Somebody changed the unpacked release; deploy it again from its archive.");
}

static bool refuse(const char *name, const char *why, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    error_set(err, ERR_REFUSED, "%s %s", entry_name_printable(name, strlen(name), shown), why);
    return hint_changed(err);
}

static bool refuse_content(const ManifestFile *file, const Digest *found, Error *err)
{
    char expected_hex[DIGEST_HEX_SIZE];
    char found_hex[DIGEST_HEX_SIZE];
    char shown[ENTRY_PRINTABLE_SIZE];

    error_set(err, ERR_DIGEST_MISMATCH, "%s has the digest %s, its manifest promises %s",
              entry_name_printable(file->path, strlen(file->path), shown),
              digest_to_hex(found, found_hex), digest_to_hex(&file->digest, expected_hex));
    return hint_changed(err);
}

static bool check_size(const ManifestFile *file, uint64_t found, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    if (found == file->size_bytes)
        return true;
    error_set(err, ERR_DIGEST_MISMATCH, "%s has %llu bytes, its manifest promises %llu",
              entry_name_printable(file->path, strlen(file->path), shown),
              (unsigned long long)found, (unsigned long long)file->size_bytes);
    return hint_changed(err);
}

/* Reads no more than is promised and one buffer: a file that grows meanwhile cannot hold us up. */
static bool hash_file(Walk *walk, const ManifestFile *file, File *open, Error *err)
{
    Digest found;
    uint64_t total = 0;
    size_t got = 0;

    if (!hasher_reset(walk->hasher, err))
        return false;
    do {
        if (!file_read(open, walk->buffer, READ_SIZE, &got, err) ||
            !hasher_update(walk->hasher, walk->buffer, got, err))
            return false;
        total += got;
    } while (got > 0 && total <= file->size_bytes);
    if (!check_size(file, total, err) || !hasher_finish(walk->hasher, &found, err))
        return false;
    return digest_equal(&found, &file->digest) || refuse_content(file, &found, err);
}

static bool check_file(Walk *walk, const char *name, const char *path, Error *err)
{
    const ManifestFile *file = manifest_find(walk->manifest, name);
    CLEANUP(file_close) File *open = NULL;
    uint64_t size = 0;

    if (!file && strcmp(name, MANIFEST_FILE_NAME) == 0)
        return true;
    if (!file)
        return refuse(name, "is not in the manifest of the release", err);
    walk->seen[file - walk->manifest->files] = true;
    if (!file_open(path, FILE_READ, &open, err) || !file_size(open, &size, err))
        return false;
    return check_size(file, size, err) && hash_file(walk, file, open, err);
}

static bool check_entry(Walk *walk, const char *name, const char *path, Error *err)
{
    switch (file_kind(path)) {
    case FILE_REGULAR:
        return check_file(walk, name, path, err);
    case FILE_FOLDER:
        if (strlen(name) > ENTRY_NAME_MOST)
            return refuse(name, "lies deeper than any file of a release", err);
        return text_list_add(&walk->pending, name, err);
    case FILE_LINK:
        return refuse(name, "is a link, which no release has", err);
    case FILE_OTHER:
        return refuse(name, "is neither a file nor a folder", err);
    case FILE_MISSING:
        return refuse(name, "went away while it was looked at", err);
    }
    return refuse(name, "is of an unknown kind", err);
}

/* `inside` is relative to the top of the release. */
static bool check_folder(Walk *walk, const char *inside, Error *err)
{
    CLEANUP(free) char *folder = path_join(walk->folder, inside);
    CLEANUP_TEXT_LIST TextList names = {0};

    if (!folder)
        return error_memory(err);
    if (!folder_list(folder, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        CLEANUP(free) char *path = path_join(folder, names.items[i]);
        CLEANUP(free)
        char *name = inside[0] == '\0' ? text_copy(names.items[i])
                                       : text_formatted("%s/%s", inside, names.items[i]);

        if (!path || !name)
            return error_memory(err);
        if (!check_entry(walk, name, path, err))
            return false;
    }
    return true;
}

static bool check_all_seen(const Walk *walk, Error *err)
{
    for (size_t i = 0; i < walk->manifest->file_count; i++)
        if (!walk->seen[i])
            return refuse(walk->manifest->files[i].path, "is missing", err);
    return true;
}

static bool walk_all(Walk *walk, Error *err)
{
    for (size_t i = 0; i < walk->pending.count; i++) {
        CLEANUP(free) char *inside = text_copy(walk->pending.items[i]);

        if (!inside)
            return error_memory(err);
        if (!check_folder(walk, inside, err))
            return false;
    }
    return check_all_seen(walk, err);
}

bool tree_check(const char *folder, const Manifest *manifest, Error *err)
{
    CLEANUP_WALK Walk walk = {0};

    if (file_kind(folder) != FILE_FOLDER)
        return error_set(err, ERR_REFUSED, "there is no unpacked release in %s", folder);
    if (!walk_begin(folder, manifest, &walk, err))
        return false;
    return walk_all(&walk, err) || error_while(err, "checking the release in %s", folder);
}
