/* See traffic.h. */
#include "deploy/traffic.h"

#include "base/text.h"
#include "deploy/instance.h"

#include <stdio.h>

static void shut(Route *route, const PauseRecord *pause)
{
    route->gate = pause->maintenance ? ROUTE_MAINTENANCE : ROUTE_HELD;
    (void)snprintf(route->page, sizeof route->page, "%s", pause->page);
    if (pause->wait_ms > 0)
        route->hold.ms = pause->wait_ms;
}

bool traffic_heed_pause(const App *app, Route *route, Error *err)
{
    PauseRecord pause = {0};

    if (!journal_pause(app->journal, &pause, err))
        return false;
    if (pause.since_ms != 0)
        shut(route, &pause);
    return true;
}

void traffic_hold(Route *route)
{
    if (route->gate == ROUTE_OPEN)
        route->gate = ROUTE_HELD;
}

void traffic_share(Route *route, const RolloutRecord *rollout, const char *release)
{
    route->candidate_ppm = rollout->share_ppm;
    (void)snprintf(route->candidate_release, sizeof route->candidate_release, "%s", release);
    (void)snprintf(route->salt, sizeof route->salt, "%s", rollout->salt);
}

bool traffic_is_handed_over(const App *app, const DeploymentRecord *open, bool *out, Error *err)
{
    ServingRecord serving = {0};
    RolloutRecord rollout = {0};
    StepRecord start = {0};

    if (!journal_serving(app->journal, &serving, err) ||
        !journal_rollout(app->journal, open->id, &rollout, err) ||
        !journal_find_step(app->journal, open->id, "start", &start, err))
        return false;
    *out = rollout.exclusive && start.state != STEP_UNDONE && open->from_version[0] != '\0' &&
           serving.slot == open->from_slot;
    return true;
}

/* A share for an instance that is not there would be answered by nobody. */
static bool add_canary(const App *app, const DeploymentRecord *open, Route *route, Error *err)
{
    Instance candidate = {.version = open->version, .slot = open->slot, .id = open->instance};
    RolloutRecord rollout = {0};

    if (!journal_rollout(app->journal, open->id, &rollout, err))
        return false;
    if (rollout.share_ppm > 0 && route->active == (int)open->from_slot &&
        instance_runs(app, &candidate))
        traffic_share(route, &rollout, open->version);
    return true;
}

static bool add_open(const App *app, const DeploymentRecord *open, Route *route, Error *err)
{
    bool handed_over = false;

    if (!traffic_is_handed_over(app, open, &handed_over, err))
        return false;
    if (!handed_over)
        return add_canary(app, open, route, err);
    traffic_hold(route);
    return true;
}

bool traffic_route_now(const App *app, Route *out, Error *err)
{
    ServingRecord serving = {0};
    DeploymentRecord open = {0};
    bool found = false;

    if (!journal_serving(app->journal, &serving, err) ||
        !journal_find_open(app->journal, &open, &found, err))
        return false;
    if (serving.version[0] == '\0')
        return error_set(err, ERR_NO_RELEASE, "no release serves");
    *out = app_route(app, serving.slot, serving.version, "");
    return traffic_heed_pause(app, out, err) && (!found || add_open(app, &open, out, err));
}
