/* revive: a release that should run, and does not (a reboot, a crash it could not recover from), is
 * started again in its slot and is healthy before anybody is told that it runs. */
#ifndef GODEPLOY_DEPLOY_REVIVE_H
#define GODEPLOY_DEPLOY_REVIVE_H

#include "deploy/app.h"

/* Running already is success; orphaned, it gets a supervisor again. `instance` may be "". */
bool revive_instance(const App *app, const char *version, Slot slot, const char *instance,
                     Error *err);

#endif
