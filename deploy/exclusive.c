/* See exclusive.h. */
#include "deploy/exclusive.h"

#include "base/text.h"
#include "deploy/drain.h"
#include "deploy/revive.h"
#include "deploy/traffic.h"

bool exclusive_is_wanted(const Deployment *deployment)
{
    return deployment->rollout.exclusive && deployment->record.from_version[0] != '\0';
}

static bool shut_gate(const Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    Route route = app_route(app, record->from_slot, record->from_version, record->proof);

    if (!traffic_heed_pause(app, &route, err))
        return false;
    traffic_hold(&route);
    return app->engine->ensure(&app->engine_context, err) &&
           app->engine->set(&app->engine_context, &route, err);
}

/* Requests wait while this lasts: idle and upgraded connections end at once, their clients come
 * back to the gate. An engine that cannot count keeps nobody waiting. */
static bool let_end(Deployment *deployment, Error *err)
{
    const DrainBudget budget = {
        .ms = {[CLASS_IN_FLIGHT] = deployment->app->settings->drain.in_flight_ms}};
    DrainReport report = {0};
    int64_t cut = 0;

    if (!drain_slot(deployment, deployment->record.from_slot, &budget, &report, err)) {
        if (err->code == ERR_INTERRUPTED)
            return false;
        deployment_warn(deployment, "the old slot could not be counted: %s", err->message);
        *err = (Error){0};
    }
    cut = report.cut[CLASS_IN_FLIGHT];
    if (cut > 0)
        deployment_warn(deployment, "drain.in_flight ended: cut %lld request%s of release %s",
                        (long long)cut, text_plural(cut), deployment->record.from_version);
    return true;
}

bool exclusive_make_room(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    StopReport report = {0};
    char took[TEXT_QUANTITY_SIZE];

    if (!exclusive_is_wanted(deployment))
        return true;
    if (!shut_gate(deployment, err) || !let_end(deployment, err) ||
        !instance_stop(app, record->from_slot, &report, err))
        return error_while(err, "making room for release %s", record->version);
    if (report.how != STOP_GONE)
        deployment_note(deployment, "release %s ended in %s; requests wait", record->from_version,
                        text_duration(report.took_ms, took));
    return true;
}

bool exclusive_give_back(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    const DeploymentRecord *record = &deployment->record;
    SlotRecord old = {0};
    Route route = app_route(app, record->from_slot, record->from_version, "");

    if (!exclusive_is_wanted(deployment))
        return true;
    if (!journal_instance(app->journal, record->from_slot, &old, err) ||
        !app->engine->ensure(&app->engine_context, err) ||
        !revive_instance(app, record->from_version, record->from_slot, old.instance, err) ||
        !traffic_heed_pause(app, &route, err) ||
        !app->engine->set(&app->engine_context, &route, err))
        return error_while(err, "giving the traffic back to release %s", record->from_version);
    return true;
}
