/* archive_walk: the files of an archive one after the other, to be looked at and never unpacked.
 *
 * What is seen here is what archive_unpack() would write: the same reader, the same rules for names
 * and kinds, the same limits. One handle for all of it. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_WALK_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_WALK_H

#include "base/cleanup.h"
#include "base/error.h"
#include "deploy/archive/archive.h"
#include "deploy/archive/archive_reader.h"

#include <stddef.h>

typedef struct ArchiveWalk ArchiveWalk;

/* As archive_reader_open(). Errors are those of archive_unpack(), without the disk's. */
bool archive_walk_open(const char *path, const ArchiveLimits *limits,
                       const ArchiveProgress *progress, ArchiveWalk **out, Error *err);
void archive_walk_close(ArchiveWalk *walk);
DEFINE_CLEANUP(ArchiveWalk *, archive_walk_close)

/* The next file; folders are passed over. *more is false at the end. `out` lives until the next
 * call; what of the content was not read is passed over. */
bool archive_walk_next(ArchiveWalk *walk, ArchiveEntry *out, bool *more, Error *err);

/* Content of the file, from where the last call ended; *got is 0 only at its end. */
bool archive_walk_read(ArchiveWalk *walk, void *buffer, size_t size, size_t *got, Error *err);

/* Back to the first byte of the file. A small one is remembered; for a large one in a tar all that
 * stands before it is decompressed again. */
bool archive_walk_rewind(ArchiveWalk *walk, Error *err);

#endif
