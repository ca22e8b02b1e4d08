/* stage_drain: the old slot gets no new work; what it still does may end.
 *
 * Main path: after watch. Proof: the counts are 0, or the budgets ended, and what was cut is said.
 */
#include "deploy/drain.h"
#include "deploy/stage.h"

/* Not told apart: an engine that cannot end connections cannot tell their classes either. */
static bool some_are_left(Deployment *deployment, const DrainReport *report)
{
    int64_t left = 0;

    for (int i = 0; i < DRAIN_CLASSES; i++)
        left += report->left[i];
    (void)json_put_integer(deployment_detail(deployment), "left", left);
    if (left == 0)
        return false;
    deployment_warn(deployment,
                    "the drain budget ended: %lld connections to release %s are left to its own "
                    "graceful stop; engine %s ends none",
                    (long long)left, deployment->record.from_version,
                    deployment->app->engine->name);
    deployment_proof(deployment, "%lld connections left to the graceful stop", (long long)left);
    return true;
}

static void prove(Deployment *deployment, const DrainReport *report)
{
    Json *detail = deployment_detail(deployment);
    Json *cut = json_new_object();

    for (int i = 0; i < DRAIN_CLASSES; i++)
        (void)json_put_integer(cut, engine_class_name((EngineClass)i), report->cut[i]);
    (void)json_put(detail, "cut", cut);
    (void)json_put_integer(detail, "sent_away", report->sent_away);
    if (report->sent_away > 0)
        deployment_note(deployment, "%lld upgraded connections were closed one by one",
                        (long long)report->sent_away);
    if (some_are_left(deployment, report))
        return;
    if (report->cut[CLASS_IN_FLIGHT] + report->cut[CLASS_UPGRADED] == 0) {
        deployment_proof(deployment, "slot %s has nothing left to do",
                         slot_name(deployment->record.from_slot));
        return;
    }
    deployment_warn(deployment,
                    "the drain budget ended: %lld requests and %lld upgraded connections of "
                    "release %s were cut",
                    (long long)report->cut[CLASS_IN_FLIGHT], (long long)report->cut[CLASS_UPGRADED],
                    deployment->record.from_version);
    deployment_proof(deployment, "cut %lld in flight, %lld upgraded",
                     (long long)report->cut[CLASS_IN_FLIGHT],
                     (long long)report->cut[CLASS_UPGRADED]);
}

bool stage_drain(Deployment *deployment, Error *err)
{
    DrainBudget budget = drain_budget(deployment->app->settings);
    DrainReport report = {0};

    if (deployment->record.from_version[0] == '\0') {
        deployment_proof(deployment, "nothing served before");
        return true;
    }
    if (!drain_slot(deployment, deployment->record.from_slot, &budget, &report, err)) {
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
    prove(deployment, &report);
    return true;
}
