/* See program.h. */
#include "proxy/server/program.h"

#include "base/file/file.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

/* Descriptors ride on its messages. */
const int program_channel_ipc = 1;

/* A build that was replaced on disk in the meantime must not be mixed with this one: then the
 * system still has ours. Source: proc(5), exe. */
void program_find_own(char out[PROGRAM_PATH_SIZE])
{
    static const char own[] = "/proc/self/exe";
    size_t size = PROGRAM_PATH_SIZE;

    if (uv_exepath(out, &size) < 0 || !file_exists(out))
        memcpy(out, own, sizeof own);
}

void program_prepare(void)
{
    struct rlimit limit;

    (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for a signal that exists */
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* what there is, is enough to work with */
}

size_t program_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > SIZE_MAX)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}
