/* See pause.h. */
#include "deploy/pause.h"

#include "base/clock.h"
#include "base/platform.h"
#include "deploy/engine_needs.h"
#include "deploy/traffic.h"

static bool can_pause(const App *app, const PauseRecord *pause, Error *err)
{
    if (!engine_must(app->engine, ENGINE_PAUSE, "`godeploy pause`", err))
        return false;
    if (pause->maintenance && app->settings->traffic.mode != TRAFFIC_HTTP) {
        (void)error_set(err, ERR_SETTINGS, "a page can only be shown where traffic.mode is http");
        return error_hint(err, "Without --maintenance new connections are held.");
    }
    return true;
}

static bool set_route(const App *app, Error *err)
{
    Route route;

    return traffic_route_now(app, &route, err) && app->engine->ensure(&app->engine_context, err) &&
           app->engine->set(&app->engine_context, &route, err);
}

bool pause_begin(const App *app, PauseRecord *pause, Error *err)
{
    PauseRecord before = {0};
    Error ignored = {0};

    if (!can_pause(app, pause, err) || !journal_pause(app->journal, &before, err))
        return false;
    pause->since_ms = clock_wall_ms();
    (void)platform_who(pause->by);
    if (!journal_save_pause(app->journal, pause, err))
        return false;
    if (set_route(app, err))
        return true;
    /* The engine has refused it, a page that is missing for one: what is wanted is what was. */
    (void)journal_save_pause(app->journal, &before, &ignored);
    return false;
}

bool pause_end(const App *app, PauseRecord *ended, Error *err)
{
    const PauseRecord none = {0};

    if (!journal_pause(app->journal, ended, err) || !journal_save_pause(app->journal, &none, err))
        return false;
    return ended->since_ms == 0 || set_route(app, err);
}
