/* stage_drain: the old slot gets no new work; what it still does may end.
 *
 * Main path: after watch. Requests in flight, idle connections and upgraded ones (WebSockets) are
 * counted apart, and each class has a budget of its own: a slow client must not hold the old
 * release for ever, and a WebSocket must not be cut because requests are quick. Proof: the counts
 * are 0, or the budget ended, and what was cut is said. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "deploy/stage.h"

enum { DRAIN_POLL_MS = 2, DRAIN_POLL_MOST_MS = 100, CLASS_COUNT = 3 };

typedef struct Drain {
    int64_t budget_ms[CLASS_COUNT];
    int64_t left[CLASS_COUNT];
    int64_t cut[CLASS_COUNT];
    bool closed[CLASS_COUNT]; /* its budget is spent, and what was left has been closed */
} Drain;

static bool count_left(const Deployment *deployment, Drain *drain, Error *err)
{
    const App *app = deployment->app;
    EngineCounts counts = {0};

    if (!app->engine->count(&app->engine_context, slot_name(deployment->record.from_slot), false,
                            &counts, err))
        return false;
    drain->left[CLASS_IN_FLIGHT] = counts.in_flight;
    drain->left[CLASS_IDLE] = counts.idle;
    drain->left[CLASS_UPGRADED] = counts.upgraded;
    return true;
}

static bool close_overdue(const Deployment *deployment, Drain *drain, int64_t elapsed_ms,
                          Error *err)
{
    const App *app = deployment->app;

    for (int i = 0; i < CLASS_COUNT; i++) {
        if (drain->left[i] == 0 || drain->closed[i] || elapsed_ms < drain->budget_ms[i])
            continue;
        if (!app->engine->close(&app->engine_context, slot_name(deployment->record.from_slot),
                                (EngineClass)i, &drain->cut[i], err))
            return false;
        drain->closed[i] = true;
    }
    return true;
}

/* A class whose rest was closed is done, whatever the engine's books say a moment later. */
static int64_t still_waited_for(const Drain *drain)
{
    int64_t sum = 0;

    for (int i = 0; i < CLASS_COUNT; i++)
        sum += drain->closed[i] ? 0 : drain->left[i];
    return sum;
}

static bool drain_all(Deployment *deployment, Drain *drain, Error *err)
{
    int64_t begin = clock_monotonic_ms();
    int64_t pause = DRAIN_POLL_MS, most = 0;

    for (;;) {
        int64_t left = 0;

        if (!interrupt_check(err) || !count_left(deployment, drain, err) ||
            !close_overdue(deployment, drain, clock_monotonic_ms() - begin, err))
            return false;
        left = still_waited_for(drain);
        if (left == 0)
            return true;
        most = left > most ? left : most;
        deployment_progress(deployment, (uint64_t)(most - left), (uint64_t)most, UNIT_CONNECTIONS);
        (void)clock_sleep_ms(pause); /* Ctrl-C is looked at above */
        pause = pause < DRAIN_POLL_MOST_MS ? pause * 2 : DRAIN_POLL_MOST_MS;
    }
}

static void prove(Deployment *deployment, const Drain *drain)
{
    Json *detail = deployment_detail(deployment);
    Json *cut = json_new_object();

    for (int i = 0; i < CLASS_COUNT; i++)
        (void)json_put_integer(cut, engine_class_name((EngineClass)i), drain->cut[i]);
    (void)json_put(detail, "cut", cut);
    if (drain->cut[CLASS_IN_FLIGHT] + drain->cut[CLASS_UPGRADED] == 0) {
        deployment_proof(deployment, "slot %s has nothing left to do",
                         slot_name(deployment->record.from_slot));
        return;
    }
    deployment_warn(deployment,
                    "the drain budget ended: %lld requests and %lld upgraded connections of "
                    "release %s were cut",
                    (long long)drain->cut[CLASS_IN_FLIGHT], (long long)drain->cut[CLASS_UPGRADED],
                    deployment->record.from_version);
    deployment_proof(deployment, "cut %lld in flight, %lld upgraded",
                     (long long)drain->cut[CLASS_IN_FLIGHT], (long long)drain->cut[CLASS_UPGRADED]);
}

bool stage_drain(Deployment *deployment, Error *err)
{
    const Settings *settings = deployment->app->settings;
    Drain drain = {
        .budget_ms = {[CLASS_IN_FLIGHT] = settings->drain.in_flight_ms,
                      [CLASS_IDLE] = settings->drain.idle_ms,
                      [CLASS_UPGRADED] = settings->drain.upgraded_ms}
    };

    if (deployment->record.from_version[0] == '\0') {
        deployment_proof(deployment, "nothing served before");
        return true;
    }
    if (!drain_all(deployment, &drain, err)) {
        if (err->code == ERR_INTERRUPTED)
            return false;
        /* The new release keeps serving whatever the count says; the old one is stopped gracefully.
         */
        deployment_warn(deployment, "the old slot could not be counted: %s", err->message);
        deployment_proof(deployment, "slot %s could not be counted",
                         slot_name(deployment->record.from_slot));
        *err = (Error){0};
        return true;
    }
    prove(deployment, &drain);
    return true;
}
