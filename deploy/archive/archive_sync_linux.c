/* See archive_sync.h. syncfs(2) writes out the whole file system and, since Linux 5.8, reports what
 * could not be written since its descriptor was opened. Others' unwritten data is waited for too,
 * the price of one call; rejected: sync_file_range(2), which writes no metadata. */
#include "deploy/archive/archive_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

enum { FILES_SYNCED_ALONE = 32 };

struct ArchiveSync {
    int folder;
    uint64_t files;
};

bool archive_sync_begin(const char *folder, ArchiveSync **out, Error *err)
{
    CLEANUP(archive_sync_free) ArchiveSync *sync = calloc(1, sizeof *sync);

    if (!sync)
        return error_memory(err);
    sync->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sync->folder < 0)
        return error_set_errno(err, ERR_FILE, errno, "opening %s", folder);
    *out = TAKE(sync);
    return true;
}

bool archive_sync_defers_file(ArchiveSync *sync)
{
    sync->files++;
    return sync->files > FILES_SYNCED_ALONE;
}

bool archive_sync_covers_folders(const ArchiveSync *sync)
{
    return sync->files > FILES_SYNCED_ALONE;
}

bool archive_sync_finish(ArchiveSync *sync, Error *err)
{
    if (sync->files > FILES_SYNCED_ALONE && syncfs(sync->folder) != 0)
        return error_set_errno(err, ERR_FILE, errno, "writing the release to disk");
    return true;
}

void archive_sync_free(ArchiveSync *sync)
{
    if (!sync)
        return;
    if (sync->folder >= 0)
        (void)close(sync->folder); /* nothing was written through it */
    free(sync);
}
