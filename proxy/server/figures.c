/* See figures.h. */
#include "proxy/server/figures.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void figures_free(Figures *figures)
{
    for (size_t i = 0; i < figures->app_count; i++)
        free(figures->apps[i]);
    for (size_t i = 0; i < figures->report_count; i++)
        json_free(figures->reports[i].apps);
    free(figures->apps);
    free(figures->reports);
    *figures = (Figures){0};
}

static AppFigures *find(const Figures *figures, const char *app)
{
    for (size_t i = 0; i < figures->app_count; i++) {
        if (text_equal(figures->apps[i]->app, app))
            return figures->apps[i];
    }
    return NULL;
}

/* ---- following the routes ---- */

static AppFigures *add(Figures *figures, const char *app)
{
    AppFigures **grown = realloc(figures->apps, (figures->app_count + 1) * sizeof(AppFigures *));
    AppFigures *one = NULL;

    if (!grown)
        return NULL;
    figures->apps = grown;
    one = calloc(1, sizeof *one);
    if (!one)
        return NULL;
    (void)snprintf(one->app, sizeof one->app, "%s", app);
    figures->apps[figures->app_count++] = one;
    return one;
}

/* A slot of another name is another slot. */
static void follow_slots(AppFigures *one, const Route *route)
{
    for (size_t i = 0; i < route->slot_count; i++) {
        if (text_equal(one->slots[i], route->slots[i].name))
            continue;
        memcpy(one->slots[i], route->slots[i].name, sizeof one->slots[i]);
        one->of[i] = (SlotFigures){.release = ""};
    }
}

static void forget_others(Figures *figures, const RouteTable *table)
{
    for (size_t i = figures->app_count; i > 0; i--) {
        if (routes_find(table, figures->apps[i - 1]->app))
            continue;
        free(figures->apps[i - 1]);
        figures->apps[i - 1] = figures->apps[--figures->app_count];
    }
}

bool figures_follow(Figures *figures, const RouteTable *table, Error *err)
{
    forget_others(figures, table);
    for (size_t i = 0; i < table->count; i++) {
        AppFigures *one = find(figures, table->items[i].app);

        if (!one)
            one = add(figures, table->items[i].app);
        if (!one)
            return error_memory(err);
        follow_slots(one, &table->items[i]);
    }
    return true;
}

/* ---- what workers say ---- */

static WorkerReport *report_of(Figures *figures, int64_t pid)
{
    WorkerReport *grown = NULL;

    for (size_t i = 0; i < figures->report_count; i++) {
        if (figures->reports[i].pid == pid)
            return &figures->reports[i];
    }
    grown = realloc(figures->reports, (figures->report_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    figures->reports = grown;
    figures->reports[figures->report_count] = (WorkerReport){.pid = pid};
    return &figures->reports[figures->report_count++];
}

static const Json *slot_in(const Json *apps, const char *app, const char *slot)
{
    return json_get(json_get(json_get(apps, app), "slots"), slot);
}

/* A worker that started after a flip does not know what ran in the slot before: "". */
static void follow_release(SlotFigures *slot, const char *release)
{
    if (!release || release[0] == '\0' || text_equal(release, slot->release))
        return;
    *slot = (SlotFigures){.release = ""};
    (void)snprintf(slot->release, sizeof slot->release, "%s", release);
}

void figures_take(Figures *figures, const Json *report)
{
    const Json *apps = json_get(report, "apps");
    WorkerReport *last = report_of(figures, json_get_integer(report, "pid", 0));

    for (size_t i = 0; i < figures->app_count; i++) {
        AppFigures *one = figures->apps[i];

        for (size_t k = 0; k < ROUTE_SLOTS_MAX; k++)
            follow_release(&one->of[k],
                           json_get_text(slot_in(apps, one->app, one->slots[k]), "release"));
    }
    if (!last)
        return;
    json_free(last->apps);
    last->apps = json_copy_of(apps);
}

static bool is_of(const SlotFigures *slot, const Json *json)
{
    const char *release = json_get_text(json, "release");

    return !release || release[0] == '\0' || text_equal(release, slot->release);
}

static void bury(AppFigures *one, const Json *apps)
{
    for (size_t k = 0; k < ROUTE_SLOTS_MAX; k++) {
        const Json *slot = slot_in(apps, one->app, one->slots[k]);

        if (is_of(&one->of[k], slot))
            stats_add_past_json(&one->of[k].lost, slot);
    }
    gate_stats_add_json(&one->held_lost, json_get(json_get(apps, one->app), "held"));
    one->held_lost.waiting = 0; /* they are gone with it */
    one->held_lost.clients = 0;
}

void figures_worker_gone(Figures *figures, int64_t pid)
{
    for (size_t i = 0; i < figures->report_count; i++) {
        WorkerReport *report = &figures->reports[i];

        if (report->pid != pid)
            continue;
        for (size_t k = 0; k < figures->app_count; k++)
            bury(figures->apps[k], report->apps);
        json_free(report->apps);
        *report = figures->reports[--figures->report_count];
        return;
    }
}

/* ---- sums ---- */

static void add_up(const Figures *figures, AppFigures *one)
{
    one->held = one->held_lost;
    for (size_t k = 0; k < ROUTE_SLOTS_MAX; k++)
        one->of[k].total = one->of[k].lost;
    for (size_t i = 0; i < figures->report_count; i++) {
        const Json *apps = figures->reports[i].apps;

        for (size_t k = 0; k < ROUTE_SLOTS_MAX; k++) {
            const Json *slot = slot_in(apps, one->app, one->slots[k]);

            if (is_of(&one->of[k], slot))
                stats_add_json(&one->of[k].total, slot);
        }
        gate_stats_add_json(&one->held, json_get(json_get(apps, one->app), "held"));
    }
}

const AppFigures *figures_of(Figures *figures, const char *app)
{
    AppFigures *one = find(figures, app);

    if (one)
        add_up(figures, one);
    return one;
}

void figures_begin_window(Figures *figures, const char *app)
{
    AppFigures *one = find(figures, app);

    if (!one)
        return;
    add_up(figures, one);
    for (size_t k = 0; k < ROUTE_SLOTS_MAX; k++)
        one->of[k].mark = one->of[k].total;
}

static Json *slot_report(const SlotFigures *slot)
{
    CLEANUP(free) Stats *window = malloc(sizeof *window);
    Json *json = stats_report(&slot->total);

    if (!window) {
        json_free(json);
        return NULL;
    }
    stats_since(&slot->total, &slot->mark, window);
    (void)json_put_text(json, "release", slot->release);
    (void)json_put(json, "window", stats_report(window));
    return json;
}

Json *figures_slots_report(const AppFigures *figures, size_t slot_count)
{
    Json *json = json_new_object();

    for (size_t k = 0; k < slot_count; k++)
        (void)json_put(json, figures->slots[k], slot_report(&figures->of[k]));
    return json;
}
