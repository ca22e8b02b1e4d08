/* See reconcile.h. */
#include "deploy/reconcile.h"

#include "base/clock.h"
#include "base/text.h"
#include "deploy/config_push.h"
#include "deploy/instance.h"
#include "deploy/revive.h"
#include "deploy/situation.h"
#include "deploy/traffic.h"

#include <stdio.h>
#include <string.h>

static void tell(const App *app, const Observer *observer, EventKind kind, const char *text)
{
    Event event = {
        .kind = kind, .app = app->settings->app, .wall_ms = clock_wall_ms(), .text = text};

    if (observer)
        observer->notice(observer->context, &event);
}

static bool mend_serving(const App *app, const Situation *situation, Error *err)
{
    const ServingRecord *serving = &situation->serving;

    return revive_instance(app, serving->version, serving->slot, serving->instance, err);
}

/* A route to a release that does not run would turn "no route" into "bad gateway": nothing is
 * gained. */
static bool mend_route(const App *app, const Situation *situation, Error *err)
{
    const ServingRecord *serving = &situation->serving;
    Instance instance = {
        .version = serving->version, .slot = serving->slot, .id = serving->instance};
    Route route;

    if (!app->engine->ensure(&app->engine_context, err))
        return false;
    if (!instance_runs(app, &instance))
        return error_set(err, ERR_STATE, "release %s does not run", serving->version);
    return traffic_route_now(app, &route, err) &&
           app->engine->set(&app->engine_context, &route, err);
}

static bool mend_unsupervised(const App *app, const Situation *situation, Slot slot, Error *err)
{
    Instance instance = {.version = situation->instances[slot].release,
                         .slot = slot,
                         .id = situation->instances[slot].instance};

    return instance_adopt(app, &instance, err);
}

static bool mend_left_over(const App *app, Slot slot, Error *err)
{
    const SlotRecord nobody = {0};
    StopReport report = {0};

    return instance_stop(app, slot, &report, err) &&
           journal_save_instance(app->journal, slot, &nobody, err);
}

/* What the host shows is all that is known of it: it serves on, and is replaced as any other. */
static bool mend_journal(const App *app, const Situation *situation, Slot slot, Error *err)
{
    const InstanceState *state = &situation->instances[slot];
    ServingRecord serving = {.slot = slot, .since_ms = state->started_ms};
    SlotRecord record = {0};

    if ((size_t)snprintf(serving.version, sizeof serving.version, "%s", state->release) >=
            sizeof serving.version ||
        (size_t)snprintf(serving.instance, sizeof serving.instance, "%s", state->instance) >=
            sizeof serving.instance)
        return error_set(err, ERR_STATE, "instance %s of release %s was not started by godeploy",
                         state->instance, state->release);
    memcpy(record.version, serving.version, sizeof record.version);
    memcpy(record.instance, serving.instance, sizeof record.instance);
    return journal_save_serving(app->journal, &serving, err) &&
           journal_save_instance(app->journal, slot, &record, err);
}

static bool mend(const App *app, const Situation *situation, const Finding *finding, Error *err)
{
    switch (finding->kind) {
    case FINDING_SERVING_DOWN:
        return mend_serving(app, situation, err);
    case FINDING_PROXY_DOWN:
    case FINDING_ROUTE_WRONG:
    case FINDING_GATE_WRONG:
        return mend_route(app, situation, err);
    case FINDING_UNSUPERVISED:
        return mend_unsupervised(app, situation, finding->slot, err);
    case FINDING_LEFT_OVER:
        return mend_left_over(app, finding->slot, err);
    case FINDING_CONFIG_UNPROVEN:
        return config_mend(app, err);
    case FINDING_JOURNAL_LOST:
        return mend_journal(app, situation, finding->slot, err);
    case FINDING_RELEASE_MISSING:
    case FINDING_OPEN_DEPLOYMENT:
        break;
    }
    return error_set(err, ERR_STATE, "%s", finding->fix);
}

static bool can_be_mended(const Finding *finding)
{
    return finding->kind != FINDING_OPEN_DEPLOYMENT && finding->kind != FINDING_RELEASE_MISSING;
}

/* The findings stand in the order in which they must be mended: the release first, then the route
 * to it. */
bool reconcile(const App *app, const Observer *observer, size_t *mended, size_t *left, Error *err)
{
    Situation situation;
    char text[JOURNAL_LINE_SIZE];

    *mended = 0;
    *left = 0;
    if (!situation_look(app, &situation, err))
        return false;
    for (size_t i = 0; i < situation.finding_count; i++) {
        const Finding *finding = &situation.findings[i];
        Error trouble = {0};

        if (!can_be_mended(finding))
            continue;
        if (mend(app, &situation, finding, &trouble)) {
            (*mended)++;
            (void)snprintf(text, sizeof text, "repaired: %s", finding->text);
            tell(app, observer, EVENT_NOTE, text);
        } else {
            (*left)++;
            (void)snprintf(text, sizeof text, "%s; it could not be repaired: %.120s", finding->text,
                           trouble.message);
            tell(app, observer, EVENT_WARNING, text);
        }
    }
    return true;
}
