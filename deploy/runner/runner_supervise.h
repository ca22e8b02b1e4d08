/* runner_supervise: the runner that needs no service manager: a godeploy-supervise per instance. */
#ifndef GODEPLOY_DEPLOY_RUNNER_RUNNER_SUPERVISE_H
#define GODEPLOY_DEPLOY_RUNNER_RUNNER_SUPERVISE_H

#include "deploy/runner/runner.h"

extern const Runner runner_supervise;

#endif
