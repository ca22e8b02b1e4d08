/* pipeline: the promise of the README as a table of stages, and the only loop over it.
 *
 * The caller holds the app's lock and has reconciled (reconcile.h). */
#ifndef GODEPLOY_DEPLOY_PIPELINE_H
#define GODEPLOY_DEPLOY_PIPELINE_H

#include "deploy/deployment.h"

typedef struct DeployRequest {
    DeploymentKind kind;
    const char *version; /* NULL: read from the archive; for a rollback: the last good one */
    const char
        *source; /* NULL: settings; else a URL or a path. Borrowed for as long as the deployment. */
    bool allow_downgrade;
    Promotion promotion;     /* of the canary that waits */
    const char *traceparent; /* kept for who goes on with it; NULL: none */
} DeployRequest;

/* Begins: chooses slot, names the instance, writes the record. ERR_STATE if one is open already;
 * ERR_NO_RELEASE where there is nothing to roll back to; ERR_ENGINE where the traffic engine could
 * not flip, as another program has a public address. */
bool pipeline_open(App *app, const DeployRequest *request, const Observer *observer,
                   Deployment *out, Error *err);

/* Goes on with the open one. ERR_ORDER if none is open. */
bool pipeline_reopen(App *app, const DeployRequest *request, const Observer *observer,
                     Deployment *out, Error *err);

/* Runs every stage that is not done, or whose proof no longer holds, to the end. A failure undoes
 * what was done, newest first, as the table says, and closes the deployment. Ctrl-C: before the
 * flip as a failure; after it the deployment stays open (ERR_INTERRUPTED). Success with
 * deployment->waits where a canary waits for the operator: it stays open too. */
bool pipeline_run(Deployment *deployment, Error *err);

/* Runs one stage by name. *already if it was done before. ERR_ORDER, naming the stage that is
 * missing, out of order. The last one closes the deployment. */
bool pipeline_run_stage(Deployment *deployment, const char *stage, bool *already, Error *err);

/* Undoes all that an open deployment did, newest first, and closes it as aborted. */
bool pipeline_abort(Deployment *deployment, Error *err);

size_t pipeline_stage_count(void);
const char *pipeline_stage_name(size_t index);
/* True for the stages behind the one that moves the traffic. */
bool pipeline_is_after_flip(size_t index);
/* The first stage of an open deployment that is not done; NULL if all are. */
bool pipeline_next_stage(Journal *journal, int64_t deployment, const char **out, Error *err);

#endif
