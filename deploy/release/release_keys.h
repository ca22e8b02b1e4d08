/* release_keys: the keys whose signatures count for an app: those of its settings, and those that
 * they announced since. */
#ifndef GODEPLOY_DEPLOY_RELEASE_RELEASE_KEYS_H
#define GODEPLOY_DEPLOY_RELEASE_RELEASE_KEYS_H

#include "deploy/settings/settings.h"
#include "verify/keyring.h"
#include "verify/scheme.h"

/* As keyring_load() and keyring_add_announced() say. */
bool release_keys_load(const Settings *settings, Keyring **out, SignatureScheme *scheme,
                       Error *err);

#endif
