/* See orphans.h. */
#include "deploy/supervise/orphans.h"

#include <errno.h>
#include <sys/prctl.h>

bool orphans_inherit(Error *err)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "becoming the parent of orphans");
    return true;
}
