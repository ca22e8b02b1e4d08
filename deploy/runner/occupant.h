/* occupant: what a runner finds in a slot already, and what it says of it. */
#ifndef GODEPLOY_DEPLOY_RUNNER_OCCUPANT_H
#define GODEPLOY_DEPLOY_RUNNER_OCCUPANT_H

#include "deploy/runner/runner.h"

/* This very release and instance. */
bool occupant_is(const InstanceState *occupant, const InstanceSpec *spec);

/* ERR_START, ERR_START, ERR_PROCESS; all return false. */
bool occupant_refuse(const InstanceState *occupant, const InstanceSpec *spec, Error *err);
bool occupant_missing(const InstanceSpec *spec, Error *err); /* nothing there to be adopted */
bool occupant_survived(int64_t pid, Error *err);             /* it was killed */

#endif
