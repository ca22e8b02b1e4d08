/* engine_needs: what the settings ask of the traffic engine. One that cannot do it is refused
 * before anything starts, never half way. */
#ifndef GODEPLOY_DEPLOY_ENGINE_NEEDS_H
#define GODEPLOY_DEPLOY_ENGINE_NEEDS_H

#include "deploy/settings/settings.h"
#include "proxy/engine/engine.h"

/* ERR_SETTINGS names the setting, the engine that lacks the ability, and those that have it. */
bool engine_meets(const Engine *engine, const Settings *settings, Error *err);

/* The same for what a command asks: `wanted` is "traffic.mode: tcp" or "`godeploy pause`". */
bool engine_must(const Engine *engine, unsigned ability, const char *wanted, Error *err);

#endif
