/* See disk_need.h. */
#include "deploy/disk_need.h"

static bool look_at_releases(const App *app, DiskNeed *out, Error *err)
{
    CLEANUP(free) ReleaseRecord *releases = NULL;
    size_t count = 0;

    if (!app->journal)
        return true;
    if (!journal_list_releases(app->journal, &releases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (releases[i].state != RELEASE_REMOVED)
            out->kept++;
        if (releases[i].size_bytes > out->largest_bytes)
            out->largest_bytes = releases[i].size_bytes;
    }
    return true;
}

bool disk_need(const App *app, DiskNeed *out, Error *err)
{
    uint64_t most_archive = app->settings->release.max_size;
    DiskNeed need = {0};

    if (!look_at_releases(app, &need, err))
        return false;
    need.usual_bytes = need.largest_bytes > 0 ? 2 * need.largest_bytes : most_archive;
    need.most_bytes = most_archive + need.largest_bytes;
    *out = need;
    return true;
}
