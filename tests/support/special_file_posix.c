/* See special_file.h. */
#include "tests/support/special_file.h"

#include <sys/stat.h>
#include <unistd.h>

bool special_file_link(const char *target, const char *path)
{
    return symlink(target, path) == 0;
}

bool special_file_pipe(const char *path)
{
    return mkfifo(path, 0600) == 0;
}

bool special_file_names_are_free(void)
{
    return true;
}
