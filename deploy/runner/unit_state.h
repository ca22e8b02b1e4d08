/* unit_state: what a unit of systemd says of the instance in it. Inner part of runner_systemd. */
#ifndef GODEPLOY_DEPLOY_RUNNER_UNIT_STATE_H
#define GODEPLOY_DEPLOY_RUNNER_UNIT_STATE_H

#include "base/service/systemd.h"
#include "deploy/runner/runner.h"

bool unit_state_look(const InstancePlace *place, SystemdUnit *out, Error *err);

/* `unit` in the words of runner.h, with what we wrote down when it was started. */
bool unit_state_of(const InstancePlace *place, const SystemdUnit *unit, InstanceState *out,
                   Error *err);

#endif
