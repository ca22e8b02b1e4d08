/* stage_time: until when a stage that somebody works on may last, for those who wait for it. */
#ifndef GODEPLOY_DEPLOY_STAGE_TIME_H
#define GODEPLOY_DEPLOY_STAGE_TIME_H

#include "deploy/app.h"

/* When `stage` of this deployment is over at the latest, by the settings: wall clock. 0 where they
 * give it no time, or where it was not begun. */
bool stage_time_of_end(const App *app, int64_t deployment, const char *stage, int64_t *until_ms,
                       Error *err);

#endif
