/* deployment: one run of the stages while it runs: its record, its app, and what a stage says of
 * itself.
 *
 * A stage gets a Deployment and nothing else. It states its proof with deployment_proof(), tells
 * its progress, and reads what earlier stages left in `record`. */
#ifndef GODEPLOY_DEPLOY_DEPLOYMENT_H
#define GODEPLOY_DEPLOY_DEPLOYMENT_H

#include "base/format.h"
#include "deploy/app.h"
#include "deploy/instance.h"
#include "deploy/journal/journal.h"
#include "deploy/progress.h"

/* What `godeploy promote` asks of a canary that waits. */
typedef enum Promotion { PROMOTE_NOT, PROMOTE_STEP, PROMOTE_ALL } Promotion;

typedef struct Deployment {
    App *app; /* borrowed */
    DeploymentRecord record;
    RolloutRecord rollout;
    Promotion promotion;
    bool after_kill; /* whoever had it before was killed in the middle of it */
    const char
        *source; /* where fetch fetches, secrets and all; NULL: from the settings; borrowed */
    const Observer *observer; /* borrowed; NULL: nobody watches */

    /* Of the stage that runs; reset by the pipeline. */
    const char *stage;
    int stage_index;
    int stage_count;
    int64_t stage_started_ms;      /* monotonic */
    int64_t last_progress_ms;      /* monotonic; progress is told a few times a second */
    char proof[JOURNAL_LINE_SIZE]; /* why we may say that it is done */
    bool already;                  /* it was done before this run */
    bool waits;                    /* it goes on when the operator says so; `proof` says what is */
    Json *detail;                  /* owned; NULL until somebody wants it */
} Deployment;

void deployment_end(Deployment *deployment); /* frees what it owns; not the struct, not the app */
#define CLEANUP_DEPLOYMENT __attribute__((cleanup(deployment_end)))

/* The release that this deployment brings, where it runs. Borrows from the record. */
Instance deployment_instance(const Deployment *deployment);

/* The proof in words: "200 from 127.0.0.1:18082, 3 times in a row". */
void deployment_proof(Deployment *deployment, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same where there was nothing left to do. */
void deployment_already(Deployment *deployment, const char *format, ...) PRINTF_LIKE(2, 3);
/* The proof for scripts; borrowed, never NULL unless out of memory (json_put_* accept that). */
Json *deployment_detail(Deployment *deployment);

/* One line for the operator and the journal. */
void deployment_note(Deployment *deployment, const char *format, ...) PRINTF_LIKE(2, 3);
void deployment_warn(Deployment *deployment, const char *format, ...) PRINTF_LIKE(2, 3);
void deployment_progress(Deployment *deployment, uint64_t done, uint64_t total, ProgressUnit unit);

/* For an ArchiveProgress, whose context is the deployment: false once the operator wants to stop.
 */
bool deployment_progress_bytes(void *deployment, uint64_t done, uint64_t total);

/* Fills in who and where, and passes the event on. */
void deployment_tell(const Deployment *deployment, Event event);

/* "release 2.4.0 still answers all requests", by the journal and by what the engine shows. */
void deployment_say_what_serves(const Deployment *deployment, Error *err);

#endif
