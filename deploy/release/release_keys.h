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

/* Whether what was signed by the key of that id may still be deployed: ERR_KEY where it is denied,
 * where it is among the keys no more, or where all that announced it are not. */
bool release_key_counts(const Settings *settings, const char *key_id, Error *err);
/* The same with what release_keys_load() has loaded. */
bool release_key_counts_among(const Settings *settings, const Keyring *keyring, const char *key_id,
                              Error *err);

#endif
