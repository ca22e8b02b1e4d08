/* check_mark: does the release that serves bear the mark of the web (Zone.Identifier)?
 *
 * What godeploy unpacks bears none; somebody who copied a file into the folder by hand brings it
 * along. */
#include "base/file/file.h"
#include "base/path.h"
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"
#include "deploy/release/release.h"

enum { ZONE_INTERNET = 3, FILES_MOST = 1000 };

/* The first file of the folder that bears it; NULL: none does. Borrowed from `names`. */
static const char *find_marked(const char *folder, const TextList *names, int *zone)
{
    for (size_t i = 0; i < names->count && i < FILES_MOST; i++) {
        CLEANUP(free) char *path = path_join(folder, names->items[i]);

        *zone = path ? windows_zone(path) : -1;
        if (*zone >= ZONE_INTERNET)
            return names->items[i];
    }
    return NULL;
}

void check_mark(Examination *examination)
{
    const char *version = examination->situation->serving.version;
    CLEANUP(free) char *folder = release_folder(examination->app, version);
    CLEANUP_TEXT_LIST TextList names = {0};
    const char *marked = NULL;
    Error unlisted = {0};
    int zone = -1;

    if (version[0] != '\0' && folder && folder_list(folder, &names, &unlisted))
        marked = find_marked(folder, &names, &zone);
    if (marked)
        say(examination, DOCTOR_MARKED,
            "Find out who put it there; `Unblock-File` takes the mark away.",
            "%s of release %s bears the mark of the web (zone %d): AppLocker and WDAC may refuse "
            "to run it, and godeploy did not unpack it so",
            marked, version, zone);
    if (version[0] == '\0')
        say_well(examination, "no release serves yet");
    say_well(examination, "no file at the top of release %s bears one", version);
}
