/* See own_environment.h. */
#include "base/process/own_environment.h"

#include "base/wide_windows.h"

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

bool own_environment_set(const char *line, Error *err)
{
    CLEANUP(free) wchar_t *name = wide_from_utf8(line);
    wchar_t *equals = name ? wcschr(name, L'=') : NULL;

    if (!name)
        return error_memory(err);
    if (!equals)
        return error_set(err, ERR_SETTINGS, "a variable has no value");
    *equals = L'\0';
    if (!SetEnvironmentVariableW(name, equals + 1))
        return error_set_os(err, ERR_SYSTEM, "setting a variable of the environment");
    if (equals[1] != L'\0')
        (void)_wputenv_s(name, equals + 1); /* the copy that getenv() reads; "" would take it out */
    return true;
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
