/* See open_files.h. */
#include "base/process/open_files.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

bool open_files_limit(int64_t pid, uint64_t *out, Error *err)
{
    struct rlimit limit;
    rlim_t most = 0;

    if (prlimit((pid_t)pid, RLIMIT_NOFILE, NULL, &limit) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "reading the limits of process %lld",
                               (long long)pid);
    most = pid == 0 ? limit.rlim_max : limit.rlim_cur;
    *out = most == RLIM_INFINITY ? UINT64_MAX : most;
    return true;
}
