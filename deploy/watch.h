/* watch: the new release under real traffic for a while, judged by its health, errors, latency and
 * open handles. The stage of that name watches it alone, after the flip; a canary beside the old
 * one, over the same time and the same kind of requests. */
#ifndef GODEPLOY_DEPLOY_WATCH_H
#define GODEPLOY_DEPLOY_WATCH_H

#include "deploy/deployment.h"
#include "deploy/verdict.h"

/* What is counted from, and compared with. */
typedef struct WatchPlan {
    int64_t for_ms;
    bool beside;             /* the old release answers too: `old` is where it stands now */
    EngineCounts new_before; /* where the counts of the new slot stood */
    EngineCounts old_before; /* with `beside`: the same of the old slot */
    VerdictFigures old;      /* else: what the old release did until the flip */
} WatchPlan;

typedef struct WatchReport {
    VerdictFigures new, old;
    int64_t handle_growth;
    Verdict errors, latency;
} WatchReport;

/* Both slots are counted from here on. */
bool watch_begin_beside(const Deployment *deployment, int64_t for_ms, WatchPlan *out, Error *err);

/* ERR_FLIPPED_BACK with the figures where the new release is worse, or, if the settings say so,
 * where nothing can be said of it. */
bool watch_release(Deployment *deployment, const WatchPlan *plan, WatchReport *out, Error *err);

/* In words: "healthy; 1000 requests, 0 failed; p95 21.0 ms, was 20.0 ms"; and for scripts. */
void watch_prove(Deployment *deployment, const WatchReport *report);

#endif
