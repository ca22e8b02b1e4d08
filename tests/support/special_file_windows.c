/* See special_file.h. */
#include "tests/support/special_file.h"

bool special_file_link(const char *target, const char *path)
{
    (void)target;
    (void)path;
    return false;
}

bool special_file_pipe(const char *path)
{
    (void)path;
    return false;
}

bool special_file_names_are_free(void)
{
    return false;
}
