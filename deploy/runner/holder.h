/* holder: the runner that has what is in a slot: the one of the settings, or the one that they
 * named before. A release stays where it was started until another takes its place, so that a
 * change of service.runner is a move from slot to slot, and no request notices. */
#ifndef GODEPLOY_DEPLOY_RUNNER_HOLDER_H
#define GODEPLOY_DEPLOY_RUNNER_HOLDER_H

#include "deploy/runner/runner.h"

/* `preferred` where it has something there, or nobody has. *out is static. */
bool holder_find(const Runner *preferred, const InstancePlace *place, const Runner **out,
                 Error *err);

/* `next` is about to start something in this slot, in which nothing runs: the others forget it. */
bool holder_pass_on(const Runner *next, const InstancePlace *place, Error *err);

#endif
