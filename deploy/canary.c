/* See canary.h. */
#include "deploy/canary.h"

#include "base/text.h"
#include "deploy/traffic.h"
#include "deploy/watch.h"

#include <stdio.h>

enum { ALL_PPM = 1000000 };

/* Going back must be quick, and without an old release there is nothing to compare with. */
static bool is_wanted(const Deployment *deployment)
{
    const DeploymentRecord *record = &deployment->record;

    return deployment->app->settings->canary.step_count > 0 && record->kind == KIND_DEPLOY &&
           record->from_version[0] != '\0' && !deployment->rollout.exclusive;
}

static int64_t share_after(const Settings *settings, int64_t share_ppm)
{
    for (size_t i = 0; i < settings->canary.step_count; i++)
        if (settings->canary.steps_ppm[i] > share_ppm)
            return settings->canary.steps_ppm[i];
    return ALL_PPM;
}

static bool save(Deployment *deployment, int64_t share_ppm, bool waits, Error *err)
{
    RolloutRecord next = deployment->rollout;

    next.share_ppm = share_ppm;
    next.waits = waits;
    if (!journal_save_rollout(deployment->app->journal, &next, err))
        return false;
    deployment->rollout = next;
    return true;
}

bool canary_forget(Deployment *deployment, Error *err)
{
    return deployment->rollout.share_ppm == 0 || save(deployment, 0, false, err);
}

static bool engine_shows(const Deployment *deployment, int64_t share_ppm, Error *err)
{
    const App *app = deployment->app;
    EngineView view = {0};

    if (!app->engine->show(&app->engine_context, &view, err))
        return false;
    if (view.known && view.active == (int)deployment->record.from_slot &&
        engine_shows_share(&view, share_ppm))
        return true;
    return error_set(err, ERR_FLIP, "the traffic engine shows a share of %lld ppm, not of %lld",
                     (long long)view.candidate_ppm, (long long)share_ppm);
}

static bool set_share(const Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    Route route = app_route(app, record->from_slot, record->from_version, record->proof);

    if (!traffic_heed_pause(app, &route, err))
        return false;
    traffic_share(&route, &deployment->rollout, record->version);
    return app->engine->set(&app->engine_context, &route, err) &&
           engine_shows(deployment, deployment->rollout.share_ppm, err);
}

static void tell_step(Deployment *deployment, const WatchReport *report, int64_t share_ppm)
{
    char share[TEXT_QUANTITY_SIZE];

    deployment_note(deployment,
                    "%s of new clients: %lld of %lld requests to release %s failed, %lld of %lld "
                    "to release %s",
                    text_share(share_ppm, share), (long long)report->new.failed,
                    (long long)report->new.requests, deployment->record.version,
                    (long long)report->old.failed, (long long)report->old.requests,
                    deployment->record.from_version);
}

/* ---- the steps ---- */

static bool take_step(Deployment *deployment, int64_t share_ppm, Error *err)
{
    const Settings *settings = deployment->app->settings;
    WatchPlan plan = {0};
    WatchReport report = {0};
    char share[TEXT_QUANTITY_SIZE];

    if (!save(deployment, share_ppm, false, err) || !set_share(deployment, err) ||
        !watch_begin_beside(deployment, settings->canary.interval_ms, &plan, err) ||
        !watch_release(deployment, &plan, &report, err))
        return error_while(err, "the canary with %s of new clients", text_share(share_ppm, share));
    tell_step(deployment, &report, share_ppm);
    watch_prove(deployment, &report);
    return true;
}

static void wait_for_operator(Deployment *deployment)
{
    char share[TEXT_QUANTITY_SIZE];

    deployment->waits = true;
    deployment_proof(deployment, "%s of new clients see release %s",
                     text_share(deployment->rollout.share_ppm, share), deployment->record.version);
}

/* After a reboot the engine may have to be told again. */
static bool stand_still(Deployment *deployment, Error *err)
{
    if (!set_share(deployment, err))
        return false;
    wait_for_operator(deployment);
    return true;
}

bool canary_run(Deployment *deployment, Error *err)
{
    const Settings *settings = deployment->app->settings;
    bool stood = deployment->rollout.waits;
    int64_t share = deployment->rollout.share_ppm;

    if (!is_wanted(deployment) || (stood && deployment->promotion == PROMOTE_ALL))
        return true;
    if (stood && deployment->promotion == PROMOTE_NOT)
        return stand_still(deployment, err);
    if (stood || share == 0) /* else it was cut short: the same share is watched again */
        share = share_after(settings, share);
    for (; share < ALL_PPM; share = share_after(settings, share)) {
        if (!take_step(deployment, share, err))
            return false;
        if (!settings->canary.by_hand)
            continue;
        if (!save(deployment, share, true, err))
            return false;
        wait_for_operator(deployment);
        return true;
    }
    return true;
}
