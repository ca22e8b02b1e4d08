/* orphans: what an instance started and left behind belongs to its supervisor. Differs by system.
 */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_ORPHANS_H
#define GODEPLOY_DEPLOY_SUPERVISE_ORPHANS_H

#include "base/error.h"

/* From now on a descendant that loses its parent becomes our child. Source: prctl(2)
 * PR_SET_CHILD_SUBREAPER. */
bool orphans_inherit(Error *err);

#endif
