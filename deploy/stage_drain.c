/* stage_drain: the old slot gets no new work; what it still does may end.
 *
 * Main path: after watch. Proof: the counts are 0, or the budgets ended, and what was cut is said.
 */
#include "base/text.h"
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
                    "the drain budget ended: %lld connection%s to release %s left to its own "
                    "graceful stop; engine %s ends none",
                    (long long)left, text_plural(left), deployment->record.from_version,
                    deployment->app->engine->name);
    deployment_proof(deployment, "%lld connection%s left to the graceful stop", (long long)left,
                     text_plural(left));
    return true;
}

static void prove(Deployment *deployment, const DrainReport *report)
{
    Json *detail = deployment_detail(deployment);
    Json *cut = json_new_object();
    int64_t requests = report->cut[CLASS_IN_FLIGHT];
    int64_t upgraded = report->cut[CLASS_UPGRADED];

    for (int i = 0; i < DRAIN_CLASSES; i++)
        (void)json_put_integer(cut, engine_class_name((EngineClass)i), report->cut[i]);
    (void)json_put(detail, "cut", cut);
    (void)json_put_integer(detail, "sent_away", report->sent_away);
    if (report->sent_away > 0)
        deployment_note(deployment, "upgraded connections closed one by one: %lld",
                        (long long)report->sent_away);
    if (some_are_left(deployment, report))
        return;
    if (requests + upgraded == 0) {
        deployment_proof(deployment, "slot %s has nothing left to do",
                         slot_name(deployment->record.from_slot));
        return;
    }
    deployment_warn(deployment,
                    "the drain budget ended: cut %lld request%s and %lld upgraded connection%s of "
                    "release %s",
                    (long long)requests, text_plural(requests), (long long)upgraded,
                    text_plural(upgraded), deployment->record.from_version);
    deployment_proof(deployment, "cut %lld in flight, %lld upgraded", (long long)requests,
                     (long long)upgraded);
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
