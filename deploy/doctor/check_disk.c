/* check_disk: is there room for the next release, and for as many as are to be kept?
 *
 * What a release takes is known from those that were deployed: its archive, which is no larger than
 * what comes out of it, and its tree. Before the first one only release.max_size says anything. */
#include "base/folder_room.h"
#include "deploy/doctor/checks.h"

static const char make_room[] =
    "Free some space: `godeploy prune` removes releases that release.keep does not cover.";

typedef struct Kept {
    int64_t count;
    uint64_t largest; /* unpacked */
} Kept;

static bool look_at_releases(const App *app, Kept *out, Error *err)
{
    CLEANUP(free) ReleaseRecord *releases = NULL;
    size_t count = 0;

    *out = (Kept){0};
    if (!app->journal)
        return true;
    if (!journal_list_releases(app->journal, &releases, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (releases[i].state != RELEASE_REMOVED)
            out->count++;
        if (releases[i].size_bytes > out->largest)
            out->largest = releases[i].size_bytes;
    }
    return true;
}

static void judge_bytes(Examination *examination, const FolderRoom *room, const Kept *kept)
{
    uint64_t most = examination->settings->release.max_size;
    uint64_t usual = kept->largest > 0 ? 2 * kept->largest : most;
    int64_t to_come = examination->settings->release.keep - kept->count;
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];

    (void)text_size(room->free_bytes, is_free);
    if (room->free_bytes < usual)
        say(examination, DOCTOR_DISK_FULL, make_room,
            "%s are free in %s, and the next release needs about %s", is_free,
            examination->app->folder, text_size(usual, needed));
    else if (room->free_bytes < most + kept->largest)
        say(examination, DOCTOR_DISK_LOW, make_room,
            "%s are free in %s; a release as large as release.max_size allows needs %s", is_free,
            examination->app->folder, text_size(most + kept->largest, needed));
    if (room->free_bytes >= usual && to_come > 0 &&
        room->free_bytes / (uint64_t)to_come < kept->largest)
        say(examination, DOCTOR_DISK_BELOW_KEEP,
            "Free some space, lower release.keep, or set release.keep_bytes.",
            "%s are free; %lld more releases of %s, up to release.keep, do not fit", is_free,
            (long long)to_come, text_size(kept->largest, needed));
}

static void judge_entries(Examination *examination, const FolderRoom *room)
{
    int64_t most = examination->settings->release.max_entries;

    if (room->counts_entries && room->free_entries < (uint64_t)most)
        say(examination, DOCTOR_INODES_LOW, make_room,
            "%llu more files can be made in %s; release.max_entries allows a release %lld",
            (unsigned long long)room->free_entries, examination->app->folder, (long long)most);
}

void check_disk(Examination *examination)
{
    FolderRoom room;
    Kept kept;
    Error why = {0};
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];

    if (!folder_room(examination->app->folder, &room, &why) ||
        !look_at_releases(examination->app, &kept, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    judge_bytes(examination, &room, &kept);
    judge_entries(examination, &room);
    if (kept.largest > 0)
        say_well(examination, "%s are free; the largest release takes %s",
                 text_size(room.free_bytes, is_free), text_size(kept.largest, needed));
    say_well(examination, "%s are free", text_size(room.free_bytes, is_free));
}
