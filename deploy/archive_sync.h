/* archive_sync: puts an unpacked tree on disk at the price of one call, where the system has one.
 *
 * A release of a few thousand small files would take seconds if each were fsynced. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_SYNC_H
#define GODEPLOY_DEPLOY_ARCHIVE_SYNC_H

#include "base/cleanup.h"
#include "base/error.h"

typedef struct ArchiveSync ArchiveSync;

/* Before the first file is written: only failures to write that come after this are noticed. */
bool archive_sync_begin(const char *folder, ArchiveSync **out, Error *err);

/* True where archive_sync_finish() covers files and folders, false where the caller must sync each
 * while it is open for writing. */
bool archive_sync_covers_files(const ArchiveSync *sync);

/* Everything written below the folder since archive_sync_begin() is on disk when this returns. */
bool archive_sync_finish(ArchiveSync *sync, Error *err);

void archive_sync_free(ArchiveSync *sync);
DEFINE_CLEANUP(ArchiveSync *, archive_sync_free)

#endif
