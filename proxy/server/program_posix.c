/* See program.h: program_prepare(). */
#include "proxy/server/program.h"

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

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
