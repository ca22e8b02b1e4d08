/* drain: a slot that gets no new work finishes what it has.
 *
 * Whoever is to be stopped is drained first: the old release that retires, and the new one whose
 * flip was undone. Requests in flight, idle connections and upgraded ones (WebSockets) are counted
 * apart, and each class has a budget of its own: a slow client must not hold a release for ever,
 * and a WebSocket must not be cut because requests are quick. */
#ifndef GODEPLOY_DEPLOY_DRAIN_H
#define GODEPLOY_DEPLOY_DRAIN_H

#include "deploy/deployment.h"

enum { DRAIN_CLASSES = 3 };

typedef struct DrainBudget {
    int64_t ms[DRAIN_CLASSES]; /* by EngineClass: what may still go on that long */
} DrainBudget;

typedef struct DrainReport {
    int64_t sent_away;           /* upgraded connections, closed one by one over their budget */
    int64_t cut[DRAIN_CLASSES];  /* by EngineClass: what was closed when its budget ended */
    int64_t left[DRAIN_CLASSES]; /* what the engine cannot end: the instance does when it stops */
} DrainReport;

DrainBudget drain_budget(const Settings *settings);

/* Returns when nothing is left or the budgets are spent. ERR_INTERRUPTED on Ctrl-C; whatever the
 * engine says if it cannot count. */
bool drain_slot(Deployment *deployment, Slot slot, const DrainBudget *budget, DrainReport *out,
                Error *err);

#endif
