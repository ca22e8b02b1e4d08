/* reconcile: before a command changes anything, what should be true is made true again.
 *
 * After a reboot, a killed proxy or supervisor, or a retire that failed, the next command finds the
 * difference (situation.h) and mends it: the release that should serve is started and is healthy,
 * the route points to it, leftovers are stopped. What cannot be mended is told and stops nobody: a
 * new deployment may be the very cure. An open deployment is left to --resume and abort. */
#ifndef GODEPLOY_DEPLOY_RECONCILE_H
#define GODEPLOY_DEPLOY_RECONCILE_H

#include "deploy/app.h"
#include "deploy/progress.h"

/* The caller holds the lock. False only where the journal cannot be read. *mended counts what was
 * different and no longer is; *left what still is. */
bool reconcile(const App *app, const Observer *observer, size_t *mended, size_t *left, Error *err);

#endif
