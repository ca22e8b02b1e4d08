/* check_root: does `root` lie where every session sees it, and a journal may; and is there room for
 * the names of releases?
 *
 * A letter of `net use` or SUBST belongs to the logon session that made it: services, elevated
 * prompts and whoever signs in next do not see it. A letter that SYSTEM gave to all looks the same
 * from here. Sources: learn.microsoft.com/windows/win32/services/services-and-redirected-drives;
 * sqlite.org/wal.html: WAL does not work over a network filesystem. */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"
#include "deploy/settings/settings_room.h"

/* "v0.0.0-20261123100000-0123456789ab": what Go calls a commit (go.dev/ref/mod#pseudo-versions). */
enum { ROOM_FOR_A_COMMIT = 34 };

static void look_at_drive(Examination *examination)
{
    const char *root = examination->settings->root;
    WindowsDrive drive = {0};
    Error why = {0};

    if (!windows_drive(root, &drive, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (!drive.is_there)
        say(examination, DOCTOR_DRIVE_MISSING,
            "Set `root` to a folder on a disk of this host; a letter of `net use` or SUBST is "
            "there only in the logon session that made it.",
            "drive %s of root %s is not there in this session", drive.name, root);
    if (drive.is_mapped)
        say(examination, DOCTOR_DRIVE_OF_SESSION, "Set `root` to a folder on a disk of this host.",
            "drive %s of root %s is a network drive of this logon session: a service does not see "
            "it",
            drive.name, root);
    else if (drive.folder[0] != '\0')
        say(examination, DOCTOR_DRIVE_OF_SESSION,
            "Set `root` to the folder itself, which every session sees.",
            "drive %s of root %s stands for %s in this logon session (SUBST): a service does not "
            "see it",
            drive.name, root, drive.folder);
    if (drive.is_share)
        say(examination, DOCTOR_ROOT_ON_SHARE, "Set `root` to a folder on a disk of this host.",
            "root %s is on a network share: the journal (SQLite in WAL mode) is not safe there, "
            "and releases stop when the share does",
            root);
}

/* That there is none at all is a refusal of the settings. */
static void look_at_room(Examination *examination)
{
    size_t most = 0;
    Error why = {0};

    if (!settings_room_for_versions(examination->settings, ROOM_FOR_A_COMMIT, &most, &why))
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
    else if (most < ROOM_FOR_A_COMMIT)
        say(examination, DOCTOR_VERSIONS_SHORT,
            "Shorten `root` or `app` if versions may be longer.",
            "root %s leaves a version %zu characters; a longer one is refused",
            examination->settings->root, most);
}

void check_root(Examination *examination)
{
    look_at_drive(examination);
    look_at_room(examination);
    say_well(examination, "it is on a disk of this host, and leaves room for versions");
}
