/* figures: what the slots of all apps have done, as the parent knows it: what the workers that live
 * say, and what those that died had said last.
 *
 * A worker reports within a second of a change, so that its death takes at most the figures of that
 * second. The parent's own death takes what the workers before had said; counters then begin again
 * at what the living know, as they do after a restart. A counter belongs to a release: one that
 * comes into a slot begins at 0. */
#ifndef GODEPLOY_PROXY_SERVER_FIGURES_H
#define GODEPLOY_PROXY_SERVER_FIGURES_H

#include "proxy/server/gate.h"
#include "proxy/server/routes.h"
#include "proxy/server/stats.h"

/* One slot of one app. */
typedef struct SlotFigures {
    char release[ROUTE_RELEASE_SIZE]; /* what ran there last as far as the workers know */
    Stats total;                      /* since it came there */
    Stats lost;                       /* of it, by workers that died */
    Stats mark;                       /* the total when the window began */
} SlotFigures;

typedef struct AppFigures {
    char app[ROUTE_APP_SIZE];
    char slots[ROUTE_SLOTS_MAX][ROUTE_SLOT_NAME_SIZE];
    SlotFigures of[ROUTE_SLOTS_MAX];
    GateStats held;
    GateStats held_lost;
} AppFigures;

typedef struct WorkerReport {
    int64_t pid;
    Json *apps;
} WorkerReport;

typedef struct Figures {
    AppFigures **apps; /* owned */
    size_t app_count;
    WorkerReport *reports; /* the last of each worker that lives */
    size_t report_count;
} Figures;

void figures_free(Figures *figures);

/* Knows those of the table from now on, and no others. */
bool figures_follow(Figures *figures, const RouteTable *table, Error *err);

/* A worker said it: {"pid","apps":{APP:{"slots":{SLOT:{...,"release"}},"held"}}}. */
void figures_take(Figures *figures, const Json *report);
/* What it said last stays counted; what was going on in it does not. */
void figures_worker_gone(Figures *figures, int64_t pid);

/* Added up as of the last reports; NULL if the app is unknown. Until the next change. */
const AppFigures *figures_of(Figures *figures, const char *app);
/* The window of every slot of the app begins now. */
void figures_begin_window(Figures *figures, const char *app);

/* {SLOT:{"release",...,"window":{...}}}; NULL if out of memory. */
Json *figures_slots_report(const AppFigures *figures, size_t slot_count);

#endif
