/* Part of path.h: how this system writes a path. */
#include "base/path_root.h"

bool path_is_separator(char c)
{
    return c == '/';
}

size_t path_root_length(const char *path)
{
    return path[0] == '/' ? 1 : 0;
}

bool path_root_lacks_drive(const char *path)
{
    (void)path; /* there are none */
    return false;
}

void path_use_slashes(char *path) /* NOLINT(readability-non-const-parameter): Windows writes */
{
    (void)path; /* a backslash is a letter like any other here */
}

const char *path_problem(const char *path)
{
    return path[0] == '\0' ? "is empty" : NULL;
}

const char *path_program_ending(void)
{
    return "";
}
