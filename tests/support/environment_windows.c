/* See environment.h. _putenv_s() changes both copies: the one of the C library and that of Windows,
 * which libcurl asks. An empty value is none. */
#include "tests/support/environment.h"

#include <stdlib.h>

bool environment_set(const char *name, const char *value)
{
    return _putenv_s(name, value) == 0;
}

bool environment_unset(const char *name)
{
    return _putenv_s(name, "") == 0;
}
