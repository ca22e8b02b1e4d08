/* See settings_root.h. */
#include "deploy/settings/settings_root.h"

#include "base/handle_windows.h"
#include "base/path.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <windows.h>

static bool is_elevated(void)
{
    CLEANUP(handle_close) HANDLE token = NULL;
    TOKEN_ELEVATION elevation = {0};
    DWORD size = 0;

    return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
           GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size) &&
           elevation.TokenIsElevated != 0;
}

/* NULL if it is not set, or no absolute path. Caller frees. */
static char *folder_in_environment(const wchar_t *name)
{
    const wchar_t *value = _wgetenv(name);
    char *folder = value ? wide_to_utf8(value) : NULL;

    if (folder)
        path_use_slashes(folder);
    if (folder && path_is_absolute(folder))
        return folder;
    free(folder);
    return NULL;
}

bool settings_default_root(char **out, Error *err)
{
    bool for_all = is_elevated();
    CLEANUP(free)
    char *folder = folder_in_environment(for_all ? L"ProgramData" : L"LOCALAPPDATA");

    if (!folder) {
        (void)error_set(err, ERR_SETTINGS, "root: the environment names no %s folder for a default",
                        for_all ? "ProgramData" : "LOCALAPPDATA");
        return error_hint(err, "Set root: to a folder that this account may write.");
    }
    *out = path_join(folder, "godeploy");
    return *out || error_memory(err);
}
