/* See pack_tree.h. */
#include "deploy/archive/pack_tree.h"

#include "base/file/file.h"
#include "base/path.h"
#include "deploy/archive/archive_names.h"
#include "deploy/archive/pack_mode.h"
#include "verify/entry_name.h"

#include <stdlib.h>
#include <string.h>

enum { MODE_PROGRAM = 0755, MODE_FILE = 0644 };

typedef struct Walk {
    PackTree *tree;
    ArchiveNames *names;
} Walk;

static bool refuse(const char *name, const char *rule, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    return error_set(err, ERR_ARCHIVE, "%s %s", entry_name_printable(name, strlen(name), shown),
                     rule);
}

static ManifestFile *new_file(PackTree *tree)
{
    if (tree->count == tree->capacity) {
        size_t capacity = tree->capacity ? tree->capacity * 2 : 64;
        ManifestFile *files = realloc(tree->files, capacity * sizeof *files);

        if (!files)
            return NULL;
        tree->files = files;
        tree->capacity = capacity;
    }
    return &tree->files[tree->count];
}

static bool add_file(Walk *walk, const char *path, const char *name, Error *err)
{
    ManifestFile *file = new_file(walk->tree);
    bool program = false;
    uint64_t bytes = 0;
    Digest digest;

    if (!file)
        return error_memory(err);
    if (!archive_names_add_file(walk->names, name, err) || !file_size_of(path, &bytes, err) ||
        !digest_file(path, &digest, err) || !pack_mode_is_program(path, &program, err))
        return false;
    *file = (ManifestFile){.path = text_copy(name),
                           .size_bytes = bytes,
                           .digest = digest,
                           .mode = program ? MODE_PROGRAM : MODE_FILE};
    if (!file->path)
        return error_memory(err);
    walk->tree->count++;
    walk->tree->bytes += bytes;
    return true;
}

/* Depth is bounded: entry_name_check() refuses names that are too deep. */
/* NOLINTBEGIN(misc-no-recursion) */
static bool walk_folder(Walk *walk, const char *path, const char *name, Error *err);

static bool walk_item(Walk *walk, const char *path, const char *name, Error *err)
{
    if (!entry_name_check(name, strlen(name), err))
        return false;
    switch (file_kind(path)) {
    case FILE_REGULAR:
        return strcmp(name, MANIFEST_FILE_NAME) == 0 || add_file(walk, path, name, err);
    case FILE_FOLDER:
        return archive_names_add_folder(walk->names, name, err) &&
               walk_folder(walk, path, name, err);
    case FILE_LINK:
        (void)refuse(name, "is a symbolic link, and no release may hold one", err);
        return error_hint(err, "Put a copy of what it points to in its place.");
    case FILE_MISSING:
        return refuse(name, "went away while it was packed", err);
    case FILE_OTHER:
        break;
    }
    return refuse(name, "is neither a file nor a folder", err);
}

static bool walk_folder(Walk *walk, const char *path, const char *name, Error *err)
{
    CLEANUP_TEXT_LIST TextList items = {0};

    if (!folder_list(path, &items, err))
        return false;
    if (items.count == 0)
        walk->tree->empty_folders++;
    for (size_t i = 0; i < items.count; i++) {
        CLEANUP(free) char *item_path = path_join(path, items.items[i]);
        CLEANUP(free)
        char *item_name = name ? path_join(name, items.items[i]) : text_copy(items.items[i]);

        if (!item_path || !item_name)
            return error_memory(err);
        if (!walk_item(walk, item_path, item_name, err))
            return false;
    }
    return true;
}

/* NOLINTEND(misc-no-recursion) */

static int by_path(const void *left, const void *right)
{
    const ManifestFile *a = left, *b = right;

    return strcmp(a->path, b->path);
}

bool pack_tree_read(const char *folder, PackTree *tree, Error *err)
{
    CLEANUP(archive_names_free) ArchiveNames *names = NULL;
    Walk walk = {.tree = tree};

    if (!archive_names_new(&names, err) ||
        !archive_names_add_file(names, MANIFEST_FILE_NAME,
                                err)) /* ours; no other may look like it */
        return false;
    walk.names = names;
    if (!walk_folder(&walk, folder, NULL, err))
        return false;
    if (tree->count == 0)
        return error_set(err, ERR_ARCHIVE, "there is no file in it");
    qsort(tree->files, tree->count, sizeof *tree->files, by_path);
    return true;
}

void pack_tree_free(PackTree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        char *path = NULL;

        memcpy(&path, &tree->files[i].path, sizeof path); /* ours, const only for readers */
        free(path);
    }
    free(tree->files);
    *tree = (PackTree){0};
}
