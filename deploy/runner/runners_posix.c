/* The runners of Linux and its relatives: see runner.h. */
#include "deploy/runner/runner.h"

#include "base/service/systemd.h"
#include "deploy/runner/runner_supervise.h"
#include "deploy/runner/runner_systemd.h"

static const Runner *const runners[] = {
    &runner_supervise,
    &runner_systemd,
    NULL,
};

const Runner *const *runners_here(void)
{
    return runners;
}

const Runner *runner_auto(void)
{
    return systemd_usable(systemd_scope()) ? &runner_systemd : &runner_supervise;
}
