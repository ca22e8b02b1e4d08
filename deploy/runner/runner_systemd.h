/* runner_systemd: systemd keeps the instances: see instance_unit.h for what is written where.
 *
 * An instance is enabled when it is started and disabled before it is stopped: while both slots are
 * up, a reboot brings both back, and the route, which the traffic engine keeps, says which answers.
 * At rest the one that serves is enabled and the other is not. With traffic.strategy exclusive
 * there is a moment in which neither is: the gate is shut then, and `deploy --resume` or `abort`
 * opens it.
 */
#ifndef GODEPLOY_DEPLOY_RUNNER_RUNNER_SYSTEMD_H
#define GODEPLOY_DEPLOY_RUNNER_RUNNER_SYSTEMD_H

#include "deploy/runner/runner.h"

extern const Runner runner_systemd;

#endif
