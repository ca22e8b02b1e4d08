/* See drain.h. */
#include "deploy/drain.h"

#include "base/clock.h"
#include "base/interrupt.h"

enum { POLL_MS = 2, POLL_MOST_MS = 100 };

typedef struct Drain {
    const App *app;
    const char *slot;
    DrainBudget budget;
    int64_t left[DRAIN_CLASSES];
    bool closed[DRAIN_CLASSES]; /* its budget is spent, and what was left has been closed */
    bool leaving;               /* upgraded connections are being closed one by one */
    DrainReport report;
} Drain;

static bool count_left(Drain *drain, Error *err)
{
    const App *app = drain->app;
    EngineCounts counts = {0};

    if (!app->engine->count(&app->engine_context, drain->slot, false, &counts, err))
        return false;
    drain->left[CLASS_IN_FLIGHT] = counts.in_flight;
    drain->left[CLASS_IDLE] = counts.idle;
    drain->left[CLASS_UPGRADED] = counts.upgraded;
    return true;
}

/* An engine that cannot end connections leaves them to the instance, which knows best how. */
static bool end_class(Drain *drain, EngineClass class_, Error *err)
{
    const App *app = drain->app;

    if (app->engine->can & ENGINE_CLOSES)
        return app->engine->close(&app->engine_context, drain->slot, class_, 0,
                                  &drain->report.cut[class_], err);
    drain->report.left[class_] = drain->left[class_];
    return true;
}

static bool close_overdue(Drain *drain, int64_t elapsed_ms, Error *err)
{
    for (int i = 0; i < DRAIN_CLASSES; i++) {
        if (drain->left[i] == 0 || drain->closed[i] || elapsed_ms < drain->budget.ms[i])
            continue;
        if (!end_class(drain, (EngineClass)i, err))
            return false;
        drain->closed[i] = true;
    }
    return true;
}

/* A WebSocket seldom ends by itself, and if all were cut when the budget ends, all their clients
 * would come back at one moment: in the second half of the budget they are closed one by one. */
static bool send_away(Drain *drain, int64_t elapsed_ms, Error *err)
{
    const App *app = drain->app;
    int64_t budget_ms = drain->budget.ms[CLASS_UPGRADED];

    if (drain->leaving || drain->left[CLASS_UPGRADED] == 0 || elapsed_ms < budget_ms / 2 ||
        elapsed_ms >= budget_ms || !(app->engine->can & ENGINE_CLOSES))
        return true;
    drain->leaving = true;
    return app->engine->close(&app->engine_context, drain->slot, CLASS_UPGRADED,
                              budget_ms - elapsed_ms, &drain->report.sent_away, err);
}

/* A class whose rest was closed is done, whatever the engine's books say a moment later. */
static int64_t still_waited_for(const Drain *drain)
{
    int64_t sum = 0;

    for (int i = 0; i < DRAIN_CLASSES; i++)
        sum += drain->closed[i] ? 0 : drain->left[i];
    return sum;
}

static bool drain_all(Deployment *deployment, Drain *drain, Error *err)
{
    int64_t begin = clock_monotonic_ms();
    int64_t pause = POLL_MS, most = 0;

    for (;;) {
        int64_t elapsed = clock_monotonic_ms() - begin;
        int64_t left = 0;

        if (!interrupt_check(err) || !count_left(drain, err) || !send_away(drain, elapsed, err) ||
            !close_overdue(drain, elapsed, err))
            return false;
        left = still_waited_for(drain);
        if (left == 0)
            return true;
        most = left > most ? left : most;
        deployment_progress(deployment, (uint64_t)(most - left), (uint64_t)most, UNIT_CONNECTIONS);
        (void)clock_sleep_ms(pause); /* Ctrl-C is looked at above */
        pause = pause < POLL_MOST_MS ? pause * 2 : POLL_MOST_MS;
    }
}

DrainBudget drain_budget(const Settings *settings)
{
    return (DrainBudget){
        .ms = {[CLASS_IN_FLIGHT] = settings->drain.in_flight_ms,
               [CLASS_IDLE] = settings->drain.idle_ms,
               [CLASS_UPGRADED] = settings->drain.upgraded_ms}
    };
}

bool drain_slot(Deployment *deployment, Slot slot, const DrainBudget *budget, DrainReport *out,
                Error *err)
{
    Drain drain = {.app = deployment->app, .slot = slot_name(slot), .budget = *budget};

    if (!drain_all(deployment, &drain, err))
        return false;
    *out = drain.report;
    return true;
}
