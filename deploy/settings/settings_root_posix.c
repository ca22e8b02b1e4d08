/* See settings_root.h. */
#include "deploy/settings/settings_root.h"

#include "base/path.h"
#include "base/text.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* HOME may be unset under cron and in units; the account database knows it too. */
static const char *home_folder(void)
{
    const char *home = getenv("HOME");
    const struct passwd *account = NULL;

    if (home && path_is_absolute(home))
        return home;
    account = getpwuid(geteuid());
    return account && path_is_absolute(account->pw_dir) ? account->pw_dir : NULL;
}

bool settings_default_root(char **out, Error *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = home_folder();

    if (geteuid() == 0)
        *out = text_copy("/var/lib/godeploy");
    else if (state && path_is_absolute(state)) /* the specification: ignore a relative one */
        *out = path_join(state, "godeploy");
    else if (home)
        *out = path_join(home, ".local/state/godeploy");
    else
        return error_set(err, ERR_SETTINGS,
                         "root: this account has no home folder for a default") ||
               error_hint(err, "Set root: to a folder that this account may write.");
    return *out || error_memory(err);
}
