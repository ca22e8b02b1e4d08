/* config_push: the service's own configuration file, replaced like a release: verified, put in
 * place at once, watched, and taken back where the service turns ill.
 *
 * ROOT/APP/configs/SEQUENCE holds what is in place and what was before, by number; 0 is what was
 * there before us. The journal says what is tried before the file is touched: a push that was cut
 * is taken back by the next command (config_mend). The caller holds the lock. */
#ifndef GODEPLOY_DEPLOY_CONFIG_PUSH_H
#define GODEPLOY_DEPLOY_CONFIG_PUSH_H

#include "deploy/app.h"

typedef struct ConfigOutcome {
    ConfigRecord before, now;
    bool told; /* a running instance was told and watched; else the file is read at its start */
} ConfigOutcome;

/* Takes the configuration in `file`, signed in `file`.sig. ERR_SETTINGS without config.file;
 * ERR_SIGNATURE, ERR_REFUSED, ERR_DOWNGRADE, ERR_EXPIRED, ERR_DIGEST_MISMATCH for one that is not
 * to be believed; ERR_STATE while a deployment is open; ERR_FLIPPED_BACK where the service turned
 * ill and the one before is in place again. */
bool config_push(const App *app, const char *file, ConfigOutcome *out, Error *err);

/* Brings back the one before, which is watched likewise. ERR_NO_RELEASE if there is none. The mark
 * is not lowered: the next push must still be higher than all before. */
bool config_rollback(const App *app, ConfigOutcome *out, Error *err);

/* Takes back what was put in place and never proven. Success if there is nothing of that kind. */
bool config_mend(const App *app, Error *err);

#endif
