/* See file_mode.h. */
#include "tests/support/file_mode.h"

#include <stdio.h>
#include <sys/stat.h>

bool file_mode_is(const char *path, int mode)
{
    struct stat status = {0};

    if (lstat(path, &status) == 0 && (int)(status.st_mode & 07777U) == mode)
        return true;
    (void)fprintf(stderr, "%s has the mode %o, not %o\n", path, (unsigned)status.st_mode & 07777U,
                  (unsigned)mode);
    return false;
}

int file_mode_mask(int mask)
{
    return (int)umask((mode_t)mask);
}
