/* See own_environment.h. */
#include "base/process/own_environment.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool own_environment_set(const char *line, Error *err)
{
    const char *equals = strchr(line, '=');
    CLEANUP(free) char *name = equals ? text_copy_bytes(line, (size_t)(equals - line)) : NULL;

    if (!equals)
        return error_set(err, ERR_SETTINGS, "a variable has no value");
    if (!name)
        return error_memory(err);
    return setenv(name, equals + 1, 1) == 0 ||
           error_set_errno(err, ERR_SYSTEM, errno, "setting the variable %s", name);
}

char *own_environment_get(const char *name)
{
    const char *value = getenv(name);

    return value ? text_copy(value) : NULL;
}

const char *const *own_environment_usual(void)
{
    static const char *const names[] = {"PATH",   "HOME", "USER",   "LOGNAME", "LANG",
                                        "LC_ALL", "TZ",   "TMPDIR", NULL};

    return names;
}
