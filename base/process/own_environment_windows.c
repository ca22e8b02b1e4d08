/* See own_environment.h. */
#include "base/process/own_environment.h"

#include "base/wide_windows.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

enum { LONGEST_VALUE = 32768 }; /* of the system, with the NUL at its end */

bool own_environment_set(const char *line, Error *err)
{
    CLEANUP(free) wchar_t *name = wide_from_utf8(line);
    wchar_t *equals = name ? wcschr(name, L'=') : NULL;

    if (!name)
        return error_memory(err);
    if (!equals)
        return error_set(err, ERR_SETTINGS, "a variable has no value");
    *equals = L'\0';
    return SetEnvironmentVariableW(name, equals + 1) ||
           error_set_os(err, ERR_SYSTEM, "setting a variable of the environment");
}

/* Not _wgetenv(): the C library's copy does not see what was set above. */
char *own_environment_get(const char *name)
{
    CLEANUP(free) wchar_t *wide = wide_from_utf8(name);
    CLEANUP(free) wchar_t *value = calloc(LONGEST_VALUE, sizeof *value);

    if (!wide || !value)
        return NULL;
    SetLastError(ERROR_SUCCESS); /* 0 characters may be a value, too */
    if (GetEnvironmentVariableW(wide, value, LONGEST_VALUE) == 0 &&
        GetLastError() == ERROR_ENVVAR_NOT_FOUND)
        return NULL;
    return wide_to_utf8(value);
}

const char *const *own_environment_usual(void)
{
    static const char *const names[] = {"PATH",
                                        "PATHEXT",
                                        "ComSpec",
                                        "SystemRoot",
                                        "SystemDrive",
                                        "windir",
                                        "ProgramFiles",
                                        "ProgramData",
                                        "CommonProgramFiles",
                                        "ALLUSERSPROFILE",
                                        "PUBLIC",
                                        "USERPROFILE",
                                        "USERNAME",
                                        "USERDOMAIN",
                                        "APPDATA",
                                        "LOCALAPPDATA",
                                        "TEMP",
                                        "TMP",
                                        "COMPUTERNAME",
                                        "NUMBER_OF_PROCESSORS",
                                        "OS",
                                        NULL};

    return names;
}
