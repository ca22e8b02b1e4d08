/* See pack_mode.h. Source: lstat(2). */
#include "deploy/archive/pack_mode.h"

#include <errno.h>
#include <sys/stat.h>

bool pack_mode_is_program(const char *path, bool *out, Error *err)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return error_set_errno(err, ERR_FILE, errno, "reading the mode of %s", path);
    *out = (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    return true;
}
