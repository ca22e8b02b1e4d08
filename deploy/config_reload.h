/* config_reload: the service is told that its configuration changed, and is looked at: is it still
 * the same process, and healthy? */
#ifndef GODEPLOY_DEPLOY_CONFIG_RELOAD_H
#define GODEPLOY_DEPLOY_CONFIG_RELOAD_H

#include "deploy/app.h"

/* Tells the instance that serves. *told is false, with success, where none runs: it reads the file
 * when it starts. ERR_UNHEALTHY if it does not take the word. */
bool config_reload(const App *app, bool *told, Error *err);

/* Success if the instance that serves becomes healthy and stays so, without a restart, for
 * config.watch. ERR_UNHEALTHY with its last answer and its last lines; ERR_INTERRUPTED. */
bool config_watch(const App *app, Error *err);

#endif
