/* archive_names: the names an archive has used so far, so that no two of them mean one file.
 *
 * Names are compared folded (entry_name_fold): "Readme" and "README" are one file on Windows. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_NAMES_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_NAMES_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>

typedef struct ArchiveNames ArchiveNames;

bool archive_names_new(ArchiveNames **out, Error *err);
void archive_names_free(ArchiveNames *names);
DEFINE_CLEANUP(ArchiveNames *, archive_names_free)

/* Adds the name of a vetted entry, without a slash at its end, and the folders it lies in.
 * ERR_ARCHIVE if it was there already, differs from another only in its spelling, or makes a file a
 * folder. */
bool archive_names_add_file(ArchiveNames *names, const char *name, Error *err);
bool archive_names_add_folder(ArchiveNames *names, const char *name, Error *err);

bool archive_names_has_file(const ArchiveNames *names, const char *name);

/* Every folder, also those that only the names of files imply; parents before children in the order
 * they came. NULL at the end. Borrowed until the next addition. */
const char *archive_names_folder(const ArchiveNames *names, size_t index);

#endif
