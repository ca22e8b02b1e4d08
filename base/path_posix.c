/* Part of path.h: how this system writes a path. */
#include "base/path.h"

bool path_is_absolute(const char *path)
{
    return path[0] == '/';
}

void path_use_slashes(char *path) /* NOLINT(readability-non-const-parameter): Windows writes */
{
    (void)path; /* a backslash is a letter like any other here */
}
