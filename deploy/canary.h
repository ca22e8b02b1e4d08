/* canary: before the flip the new release gets a rising share of new clients, and each share is
 * watched beside the old release.
 *
 * A part of the stage flip, which stays open as long as it lasts: until all traffic has moved the
 * old release is the one that serves. The share is in the journal before the engine has it, so that
 * whatever ends godeploy, the next command knows it: --resume watches the same share again, abort
 * takes it back. */
#ifndef GODEPLOY_DEPLOY_CANARY_H
#define GODEPLOY_DEPLOY_CANARY_H

#include "deploy/deployment.h"

/* Goes through the steps of the settings. With canary.promote manual it ends after one of them and
 * sets deployment->waits. A deployment without a canary is success at once. On failure the share
 * stands: whoever calls puts the route back. ERR_FLIPPED_BACK where the new release is worse. */
bool canary_run(Deployment *deployment, Error *err);

/* No share is meant for it any more; the engine is told by whoever calls. */
bool canary_forget(Deployment *deployment, Error *err);

#endif
