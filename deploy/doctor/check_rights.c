/* check_rights: may this user write where deployments do, and nobody else where they are decided?
 *
 * Whoever may change the settings chooses the hooks, and with them what runs as the user who
 * deploys. */
#include "base/file/file.h"
#include "base/file/file_rights.h"
#include "base/path.h"
#include "deploy/doctor/checks.h"

/* The app's folder, or where it would be made. NULL if out of memory. Caller frees. */
static char *place_to_write(const Settings *settings)
{
    char *path = path_join(settings->root, settings->app);

    while (path && !file_exists(path)) {
        char *parent = path_folder(path);
        bool is_top = parent && text_equal(parent, path);

        free(path);
        path = parent;
        if (is_top)
            break;
    }
    return path;
}

static void look_at_hands(Examination *examination, const char *path)
{
    char words[FILE_RIGHTS_SIZE];
    const char *why = path ? file_strange_hands(path, words) : NULL;

    if (why)
        say(examination, DOCTOR_STRANGE_HANDS,
            "Give it to the user who deploys (chown), and let nobody else write it (chmod go-w).",
            "%s: %s, and so decide what is deployed or run", path, why);
}

static void look_at_list(Examination *examination, const TextList *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        look_at_hands(examination, paths->items[i]);
}

void check_rights(Examination *examination)
{
    const Settings *settings = examination->settings;
    CLEANUP(free) char *place = place_to_write(settings);

    if (place && file_kind(place) == FILE_REGULAR)
        say(examination, DOCTOR_ROOT_NOT_WRITABLE, "Set `root` to a folder.",
            "%s is a file, and the app's folder would be made in it", place);
    else if (place && !file_may_write(place))
        say(examination, DOCTOR_ROOT_NOT_WRITABLE,
            "Run it as the user who deploys, or set `root` to a folder that this one may write to.",
            "this user may not write to %s", place);
    look_at_hands(examination, settings->file);
    look_at_hands(examination, settings->folder);
    look_at_hands(examination, place);
    look_at_list(examination, &settings->verify.rsa.keys);
    look_at_list(examination, &settings->verify.rsa.announced);
    look_at_list(examination, &settings->verify.authenticode.ca);
    if (file_hands_are_seen())
        say_well(examination, "this user may deploy, and nobody else decides what is deployed");
    say_well(examination, "this user may deploy; who else may was not looked at");
}
