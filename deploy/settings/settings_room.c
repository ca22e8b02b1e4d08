/* See settings_room.h. */
#include "deploy/settings/settings_room.h"

#include "base/path.h"
#include "base/process/process.h"

/* A native service runs in a folder of the system; its program is what has to be found. */
static bool program_fits(const Settings *settings, const char *folder, Error *err)
{
    CLEANUP(free) char *program = NULL;

    if (settings->service.command.count == 0)
        return true;
    program = path_join(folder, settings->service.command.items[0]);
    return program ? process_service_program_fits(program, err) : error_memory(err);
}

bool settings_room_for(const Settings *settings, const char *version, Error *err)
{
    CLEANUP(free)
    char *folder =
        text_formatted("%s/%s/" SETTINGS_RELEASES "/%s", settings->root, settings->app, version);

    if (!folder)
        return error_memory(err);
    if (settings->service.windows.native ? program_fits(settings, folder, err)
                                         : process_folder_fits(folder, err))
        return true;
    if (err->code != ERR_PROCESS)
        return false;
    (void)error_as(err, ERR_SETTINGS);
    return error_hint(err,
                      "Shorten `root`, `app` or the version. LongPathsEnabled is no help here.");
}

bool settings_room_for_versions(const Settings *settings, size_t enough, size_t *out, Error *err)
{
    CLEANUP_TEXT Text version = {0};
    Error too_long = {0};
    size_t most = 0;

    for (; most < enough; most++) {
        text_append(&version, "1");
        if (!text_ok(&version, err))
            return false;
        if (!settings_room_for(settings, text_chars(&version), &too_long))
            break;
    }
    if (most < enough && too_long.code != ERR_SETTINGS) {
        *err = too_long;
        return false;
    }
    *out = most;
    return true;
}
