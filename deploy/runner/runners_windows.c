/* The runners of Windows: see runner.h. */
#include "deploy/runner/runner.h"

#include "base/service/service_windows.h"
#include "deploy/runner/runner_service.h"
#include "deploy/runner/runner_supervise.h"

static const Runner *const runners[] = {
    &runner_service,
    &runner_supervise,
    NULL,
};

const Runner *const *runners_here(void)
{
    return runners;
}

/* A service outlives the session of whoever deploys; making one needs an elevated administrator. */
const Runner *runner_auto(void)
{
    return service_may_manage() ? &runner_service : &runner_supervise;
}
