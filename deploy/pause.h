/* pause: the operator shuts the gate before the app, and opens it again.
 *
 * The journal says what is wanted before the traffic engine is told: whatever happens in between,
 * the next command sees the difference and mends it (situation.h). */
#ifndef GODEPLOY_DEPLOY_PAUSE_H
#define GODEPLOY_DEPLOY_PAUSE_H

#include "deploy/app.h"

/* New requests are held, or with `maintenance` answered by 503 and the page. Repeated, it replaces
 * what was set. `by` and `since_ms` are filled in. ERR_SETTINGS where the engine cannot, and for
 * maintenance without http; ERR_NO_RELEASE where nothing serves. The caller holds the lock. */
bool pause_begin(const App *app, PauseRecord *pause, Error *err);

/* *ended is what stood until now; its since_ms is 0 where the app was not paused. */
bool pause_end(const App *app, PauseRecord *ended, Error *err);

#endif
