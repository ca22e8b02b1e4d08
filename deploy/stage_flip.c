/* stage_flip: every request goes to the new release, or none does.
 *
 * Main path: after check. Proof: a request through each PUBLIC address is answered by the new
 * instance; that the engine says so is not enough. On failure the route is put back. */
#include "base/clock.h"
#include "base/http/http.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "deploy/canary.h"
#include "deploy/exclusive.h"
#include "deploy/hooks.h"
#include "deploy/instance.h"
#include "deploy/revive.h"
#include "deploy/stage.h"
#include "deploy/traffic.h"

#include <stdio.h>
#include <string.h>

enum { PROOF_DEADLINE_MS = 5000, PROOF_POLL_MS = 20 };

/* ---- the proof ---- */

/* Whether the application can be asked through the public address. An engine that carries
 * connections knows nothing of what is said on them, so its proof is not the whole one. */
static bool app_can_tell(const Settings *settings)
{
    if (settings->traffic.mode == TRAFFIC_TCP)
        return settings->check.kind == CHECK_HTTP || settings->check.kind == CHECK_HTTPS;
    return settings->check.identity_header != NULL;
}

/* The application's own word, besides the engine's. */
static bool ask_app(const Deployment *deployment, const Address *listen, EngineAnswer *answer,
                    Error *err)
{
    const Settings *settings = deployment->app->settings;
    Instance instance = deployment_instance(deployment);
    CLEANUP_TEXT_LIST TextList exec = {0};
    ProbeCheck check = {0};
    ProbeAnswer seen = {0};

    if (!app_can_tell(settings))
        return true;
    if (!instance_health_check(deployment->app, &instance, &exec, &check, err))
        return false;
    if (settings->traffic.mode == TRAFFIC_HTTP)
        check.kind = PROBE_HTTP;
    check.address = address_to_reach(listen);
    if (!probe_once(&check, &seen, err))
        return false;
    if (!seen.ok)
        answer->slot = ROUTE_NO_SLOT;
    (void)snprintf(answer->seen, sizeof answer->seen, "%.100s", seen.seen);
    return true;
}

static bool ask(const Deployment *deployment, const Route *route, const Address *listen,
                EngineAnswer *answer, Error *err)
{
    const App *app = deployment->app;

    if (!app->engine->who_answers(&app->engine_context, route, listen, answer, err))
        return false;
    /* The proof alone gets through a gate that is shut: the engine's word has to do. */
    return answer->slot != route->active || route->gate != ROUTE_OPEN ||
           ask_app(deployment, listen, answer, err);
}

static bool prove_address(const Deployment *deployment, const Route *route, const Address *listen,
                          Error *err)
{
    int64_t deadline = clock_monotonic_ms() + PROOF_DEADLINE_MS;
    char address[ADDRESS_TEXT_SIZE];
    EngineAnswer answer;
    bool asked = false;

    do {
        *err = (Error){0}; /* of the try before */
        answer = (EngineAnswer){.slot = ROUTE_NO_SLOT};
        asked = interrupt_check(err) && ask(deployment, route, listen, &answer, err);
        if (asked && answer.slot == route->active)
            return true;
        if (err->code == ERR_INTERRUPTED)
            return false;
        (void)clock_sleep_ms(PROOF_POLL_MS); /* Ctrl-C is looked at above */
    } while (clock_monotonic_ms() < deadline);
    if (asked)
        (void)error_set(err, ERR_FLIP, "it was not answered by release %s: %s", route->release,
                        answer.seen);
    return error_while(err, "a request through %s", address_format(listen, address));
}

static bool prove(Deployment *deployment, const Route *route, Error *err)
{
    const App *app = deployment->app;
    Json *detail = deployment_detail(deployment);
    EngineView view = {0};

    if (!app->engine->show(&app->engine_context, &view, err))
        return false;
    if (!view.known || view.active != route->active)
        return error_set(err, ERR_FLIP, "the traffic engine does not show the new route");
    for (size_t i = 0; i < route->listen_count; i++)
        if (!prove_address(deployment, route, &route->listen[i], err))
            return false;
    (void)json_put_text(detail, "engine", app->engine->name);
    (void)json_put_text(detail, "slot", slot_name(deployment->record.slot));
    (void)json_put_bool(detail, "gate_is_shut", route->gate != ROUTE_OPEN);
    deployment_proof(deployment, "release %s answers on %zu public address%s%s", route->release,
                     route->listen_count, route->listen_count == 1 ? "" : "es",
                     route->gate == ROUTE_OPEN ? ""
                                               : ", to us alone: the gate is shut until `resume`");
    return true;
}

/* ---- the flip ---- */

/* As it was before the flip: nothing, the old release alone, or, where the old one has made room,
 * requests that wait. */
static bool put_back(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    Route route;

    if (record->from_version[0] == '\0')
        return app->engine->remove(&app->engine_context, err);
    route = app_route(app, record->from_slot, record->from_version, "");
    if (!traffic_heed_pause(app, &route, err))
        return false;
    if (exclusive_is_wanted(deployment))
        traffic_hold(&route);
    return app->engine->set(&app->engine_context, &route, err) && canary_forget(deployment, err);
}

/* What `watch` will compare with: the old slot's latency until now, and where the new slot's counts
 * stand (the slot may have served before). A first deployment has no route to count on yet. */
static void note_baseline(Deployment *deployment)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    EngineCounts old = {.p95_us = -1}, new = {0};
    Error unknown_yet = {0};
    Json *baseline = json_new_object();

    if (record->from_slot != SLOT_NONE)
        (void)app->engine->count(&app->engine_context, slot_name(record->from_slot), false, &old,
                                 &unknown_yet);
    (void)app->engine->count(&app->engine_context, slot_name(record->slot), true, &new,
                             &unknown_yet);
    (void)json_put_integer(baseline, "old_requests", old.requests);
    (void)json_put_integer(baseline, "old_failed", old.failed);
    (void)json_put_integer(baseline, "old_p50_us", old.window.p50_us);
    (void)json_put_integer(baseline, "old_p95_us", old.p95_us);
    (void)json_put_integer(baseline, "old_latency_count", old.latency_count);
    (void)json_put_integer(baseline, "new_requests", new.requests);
    (void)json_put_integer(baseline, "new_failed", new.failed);
    (void)json_put(deployment_detail(deployment), "baseline", baseline);
}

static bool move(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    Route route = app_route(app, record->slot, record->version, record->proof);

    note_baseline(deployment);
    return traffic_heed_pause(app, &route, err) &&
           app->engine->set(&app->engine_context, &route, err) && prove(deployment, &route, err);
}

/* Where even that fails, nobody knows which slot answers: neither release may be stopped then. */
static bool flip_failed(Deployment *deployment, Error *err)
{
    Error cause = *err, trouble = {0};
    bool back = false;

    interrupt_hold();
    back = put_back(deployment, &trouble);
    interrupt_release();
    if (!back)
        (void)error_set(err, ERR_STATE, "%.900s; and the route could not be put back: %.900s",
                        cause.message, trouble.message);
    return error_while(err, "flipping to release %s", deployment->record.version);
}

/* Of a canary that goes on they have been run. */
static bool run_first_hooks(Deployment *deployment, Error *err)
{
    return deployment->rollout.share_ppm > 0 || hooks_run(deployment, HOOK_BEFORE_FLIP, err);
}

bool stage_flip(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;

    if (!run_first_hooks(deployment, err) || !app->engine->ensure(&app->engine_context, err))
        return false;
    if (!canary_run(deployment, err))
        return flip_failed(deployment, err);
    if (deployment->waits)
        return true;
    if (!move(deployment, err))
        return flip_failed(deployment, err);
    hooks_run_and_warn(deployment, HOOK_AFTER_FLIP);
    return true;
}

static bool save_serving(const Deployment *deployment, const char *version, Slot slot,
                         const char *instance, Error *err)
{
    ServingRecord serving = {.slot = slot, .since_ms = clock_wall_ms()};

    (void)snprintf(serving.version, sizeof serving.version, "%s", version);
    (void)snprintf(serving.instance, sizeof serving.instance, "%s", instance);
    return journal_save_serving(deployment->app->journal, &serving, err);
}

bool record_flip(Deployment *deployment, Error *err)
{
    return save_serving(deployment, deployment->record.version, deployment->record.slot,
                        deployment->record.instance, err);
}

static bool save_old_serves(const Deployment *deployment, const SlotRecord *old, Error *err)
{
    const DeploymentRecord *record = &deployment->record;

    return save_serving(deployment, record->from_version, record->from_slot, old->instance, err);
}

/* One that has made room can only run again once the new one is gone: it is the stage start that
 * gives back. Until then requests wait; where the journal cannot be written they do not have to. */
static bool undo_exclusive(Deployment *deployment, const SlotRecord *old, Error *err)
{
    return save_old_serves(deployment, old, err) && put_back(deployment, err);
}

static bool undo_side_by_side(Deployment *deployment, const SlotRecord *old, Error *err)
{
    const DeploymentRecord *record = &deployment->record;

    return revive_instance(deployment->app, record->from_version, record->from_slot, old->instance,
                           err) &&
           put_back(deployment, err) && save_old_serves(deployment, old, err);
}

/* Traffic moves back only to a release that is up: after a reboot it is started again first, and
 * the engine too. */
bool undo_flip(Deployment *deployment, Error *err)
{
    const DeploymentRecord *record = &deployment->record;
    const App *app = deployment->app;
    SlotRecord old = {0};

    if (!app->engine->ensure(&app->engine_context, err))
        return false;
    if (record->from_version[0] == '\0')
        return put_back(deployment, err) && save_serving(deployment, "", SLOT_NONE, "", err);
    if (!journal_instance(app->journal, record->from_slot, &old, err))
        return false;
    if (exclusive_is_wanted(deployment) ? undo_exclusive(deployment, &old, err)
                                        : undo_side_by_side(deployment, &old, err))
        return true;
    return error_while(err, "going back to release %s", record->from_version);
}

bool holds_flip(Deployment *deployment)
{
    const App *app = deployment->app;
    ServingRecord serving = {0};
    EngineView view = {0};
    Error ignored = {0};

    return journal_serving(app->journal, &serving, &ignored) &&
           serving.slot == deployment->record.slot &&
           app->engine->show(&app->engine_context, &view, &ignored) && view.known &&
           view.active == (int)deployment->record.slot;
}
