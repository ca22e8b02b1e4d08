/* See rolling_cut.h. */
#include "base/file/rolling_cut.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t rolling_cut_unit(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_blksize <= 0)
        return 0;
    return (uint64_t)status.st_blksize;
}

bool rolling_cut_head(const char *path, uint64_t length)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int result;

    if (fd < 0)
        return false;
    do {
        result = fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, (off_t)length);
    } while (result != 0 && errno == EINTR);
    (void)close(fd); /* nothing was written */
    return result == 0;
}

bool rolling_cut_all(const char *path, Error *err)
{
    if (truncate(path, 0) != 0)
        return error_set_errno(err, ERR_FILE, errno, "emptying %s", path);
    return true;
}
