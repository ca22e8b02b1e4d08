/* supervisor: keeps one instance alive, its output in rolled files, and stops it gracefully. */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_SUPERVISOR_H
#define GODEPLOY_DEPLOY_SUPERVISE_SUPERVISOR_H

#include "base/error.h"
#include "base/process/process.h"
#include "deploy/supervise/plan.h"

/* Runs until it is asked to stop, also by this very process (process_ask_to_stop()), or, on trial,
 * until the instance ended. `adopt` is an instance that runs already, or NULL. False if it could
 * not begin. */
bool supervisor_run(const Plan *plan, const ProcessId *adopt, Error *err);

#endif
