/* runner_service: the runner of Windows servers: an instance is a service, so that it escapes the
 * session, the job and the end of whoever deploys, and comes back with the host.
 *
 * A console program (service.windows.kind: console) runs under a godeploy-supervise, which is the
 * service: it restarts the program by service.restart and keeps its output; the SCM's recovery
 * ladder is for the supervisor. A native service is started by the SCM itself, with its settings in
 * its arguments, and the SCM's ladder restarts it. */
#ifndef GODEPLOY_DEPLOY_RUNNER_RUNNER_SERVICE_H
#define GODEPLOY_DEPLOY_RUNNER_RUNNER_SERVICE_H

#include "deploy/runner/runner.h"

extern const Runner runner_service;

#endif
