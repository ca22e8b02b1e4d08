/* plan: what godeploy-supervise was told to keep alive: the file SLOT.spec.json. The environment of
 * the instance is not in it: secrets never go to disk; the supervisor's own is passed on. */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_PLAN_H
#define GODEPLOY_DEPLOY_SUPERVISE_PLAN_H

#include "base/cleanup.h"
#include "base/error.h"
#include "deploy/supervise/ladder.h"

typedef struct Plan {
    const char *app;
    const char *release;
    const char *slot;
    const char *instance;
    const char *folder;
    const char *log;   /* path of the live log file */
    const char *state; /* path of the state file; beside it may stand state + ".trial", ".stop" */
    char *trial;
    char *stop;
    char **command; /* NULL-terminated */
    uint64_t log_size;
    int log_files;
    int64_t log_check_ms;
    int64_t stop_timeout_ms;
    LadderRules restart;
    void *owner; /* holds the texts above */
} Plan;

/* ERR_SETTINGS names the key that is missing or wrong. Free with plan_free(), also after an error.
 */
bool plan_read(const char *path, Plan *out, Error *err);
void plan_free(Plan *plan);
#define CLEANUP_PLAN __attribute__((cleanup(plan_free)))

#endif
