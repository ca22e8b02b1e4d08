/* archive_sync: puts an unpacked tree on disk, file by file or, where there are many, all at once.
 *
 * A release of a few thousand small files would take seconds if each were fsynced; one of a few
 * large ones should not wait for whatever else the host is writing. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_SYNC_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_SYNC_H

#include "base/cleanup.h"
#include "base/error.h"

typedef struct ArchiveSync ArchiveSync;

/* Before the first file is written: only failures to write that come after this are noticed. */
bool archive_sync_begin(const char *folder, ArchiveSync **out, Error *err);

/* Asked once for each file before it is closed: false if the caller must sync it now, true if
 * archive_sync_finish() will. */
bool archive_sync_defers_file(ArchiveSync *sync);

/* True if a file was deferred: then archive_sync_finish() covers folders too, which otherwise the
 * caller syncs. */
bool archive_sync_covers_folders(const ArchiveSync *sync);

/* What was deferred is on disk when this returns. */
bool archive_sync_finish(ArchiveSync *sync, Error *err);

void archive_sync_free(ArchiveSync *sync);
DEFINE_CLEANUP(ArchiveSync *, archive_sync_free)

#endif
