/* hooks: the operator's own programs around a deployment: argument lists, run without a shell, with
 * GODEPLOY_* in their environment and a timeout. */
#ifndef GODEPLOY_DEPLOY_HOOKS_H
#define GODEPLOY_DEPLOY_HOOKS_H

#include "deploy/deployment.h"

typedef enum HookPoint {
    HOOK_BEFORE_START,
    HOOK_BEFORE_FLIP,
    HOOK_AFTER_FLIP,
    HOOK_AFTER_RETIRE,
    HOOK_ON_FAILURE
} HookPoint;

const HookList *hooks_of(const Settings *settings, HookPoint point); /* borrowed */
const char *hook_point_name(HookPoint point);                        /* "before_flip"; static */

/* Before the flip: the first that fails, or hangs, fails the stage; its last output is in the
 * error. */
bool hooks_run(Deployment *deployment, HookPoint point, Error *err);

/* After the flip, and when all is over: each is run, and one that fails is a warning. */
void hooks_run_and_warn(Deployment *deployment, HookPoint point);

#endif
