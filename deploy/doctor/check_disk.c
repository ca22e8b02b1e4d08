/* check_disk: is there room for the next release, and for as many as are to be kept? */
#include "base/file/folder_room.h"
#include "deploy/disk_need.h"
#include "deploy/doctor/checks.h"

static const char make_room[] =
    "Free some space: `godeploy prune` removes releases that release.keep does not cover.";

static void judge_bytes(Examination *examination, const FolderRoom *room, const DiskNeed *need)
{
    int64_t to_come = examination->settings->release.keep - need->kept;
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];

    (void)text_size(room->free_bytes, is_free);
    if (room->free_bytes < need->usual_bytes)
        say(examination, DOCTOR_DISK_FULL, make_room,
            "%s are free in %s, and the next release needs about %s", is_free,
            examination->app->folder, text_size(need->usual_bytes, needed));
    else if (room->free_bytes < need->most_bytes)
        say(examination, DOCTOR_DISK_LOW, make_room,
            "%s are free in %s; a release as large as release.max_size allows needs %s", is_free,
            examination->app->folder, text_size(need->most_bytes, needed));
    if (room->free_bytes >= need->usual_bytes && to_come > 0 &&
        room->free_bytes / (uint64_t)to_come < need->largest_bytes)
        say(examination, DOCTOR_DISK_BELOW_KEEP,
            "Free some space, lower release.keep, or set release.keep_bytes.",
            "%s are free; %lld more releases of %s, up to release.keep, do not fit", is_free,
            (long long)to_come, text_size(need->largest_bytes, needed));
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
    DiskNeed need;
    Error why = {0};
    char is_free[TEXT_QUANTITY_SIZE], needed[TEXT_QUANTITY_SIZE];

    if (!folder_room(examination->app->folder, &room, &why) ||
        !disk_need(examination->app, &need, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    judge_bytes(examination, &room, &need);
    judge_entries(examination, &room);
    if (need.largest_bytes > 0)
        say_well(examination, "%s are free; the largest release takes %s",
                 text_size(room.free_bytes, is_free), text_size(need.largest_bytes, needed));
    say_well(examination, "%s are free", text_size(room.free_bytes, is_free));
}
