/* The runners of Windows: see runner.h. */
#include "deploy/runner.h"

#include "deploy/runner_service.h"
#include "deploy/runner_supervise.h"

static const Runner *const runners[] = {
    &runner_service,
    &runner_supervise,
    NULL,
};

const Runner *const *runners_here(void)
{
    return runners;
}

const Runner *runner_auto(void)
{
    return &runner_supervise;
}
