/* pack_tree: the files of a folder that is to be packed: names, sizes, digests, modes.
 *
 * Sorted by name, so that the order in which a file system lists them does not matter. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_PACK_TREE_H
#define GODEPLOY_DEPLOY_ARCHIVE_PACK_TREE_H

#include "base/error.h"
#include "verify/manifest.h"

#include <stddef.h>
#include <stdint.h>

typedef struct PackTree {
    ManifestFile *files; /* paths are owned, relative to the folder; modes are 0755 or 0644 */
    size_t count;
    size_t capacity;
    uint64_t bytes;
    uint64_t empty_folders;
} PackTree;

/* Walks the folder and hashes what is in it; a release.json at its top is passed over. ERR_ARCHIVE
 * names a link, a special file, or two names that some system takes for one; ERR_REFUSED a name
 * that entry_name_check() refuses. Free with pack_tree_free() in every case; begin with {0}. */
bool pack_tree_read(const char *folder, PackTree *tree, Error *err);
void pack_tree_free(PackTree *tree);
#define CLEANUP_PACK_TREE __attribute__((cleanup(pack_tree_free)))

#endif
