/* See environment.h. */
#include "tests/support/environment.h"

#include <stdlib.h>

bool environment_set(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0;
}

bool environment_unset(const char *name)
{
    return unsetenv(name) == 0;
}
