/* See control_queries.h. */
#include "proxy/server/parent/control_queries.h"

#include "base/process/process.h"
#include "proxy/server/metrics.h"
#include "proxy/server/parent/control_pending.h"

#include <stdlib.h>

static void ask_for_figures(Pending *pending, WorkersAnswered *done)
{
    CLEANUP(json_free) Json *message = json_new_object();

    (void)json_put_text(message, "do", "stats"); /* a failure marks the value, here and below */
    if (pending)
        pending_ask(pending, message, done);
}

static void take_figures(Parent *parent, const Json *answers)
{
    for (size_t i = 0; i < json_count(answers); i++)
        figures_take(&parent->figures, json_item(answers, i));
}

static void put_figures(Json *out, const char *slots_key, Parent *parent, const Route *route)
{
    const AppFigures *figures = figures_of(&parent->figures, route->app);

    if (!figures)
        return;
    (void)json_put(out, slots_key, figures_slots_report(figures, route->slot_count));
    (void)json_put(out, "held", gate_stats_to_json(&figures->held));
}

/* ---- status ---- */

static void put_problem(Json *answer, const Parent *parent)
{
    CLEANUP_TEXT Text problem = {0};
    const char *listening = text_chars(&parent->listen_problem);

    text_append(&problem, text_chars(&parent->load_problem));
    if (problem.length > 0 && listening[0])
        text_append(&problem, "; ");
    text_append(&problem, listening);
    (void)json_put_text(answer, "problem", problem.length > 0 ? problem.bytes : NULL);
}

static void answer_status(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;
    Parent *parent = pending->parent;
    Json *answer = pending_yes();
    Json *routes = json_new_array();

    take_figures(parent, answers);
    for (size_t i = 0; i < parent->table.count; i++) {
        Json *route = route_to_json(&parent->table.items[i]);

        (void)json_put_text(route, "proof", ""); /* only who sets it has to know it */
        put_figures(route, "stats", parent, &parent->table.items[i]);
        (void)json_push(routes, route);
    }
    (void)json_put_text(answer, "version", GODEPLOY_VERSION);
    (void)json_put_integer(answer, "pid", process_own_pid());
    (void)json_put_bool(answer, "foreground", parent->log.foreground);
    (void)json_put(answer, "workers", workers_to_json(&parent->workers));
    (void)json_put_integer(answer, "worker_restarts", parent->workers.restarts);
    (void)json_put_integer(answer, "generation", parent->table.generation);
    (void)json_put_text(answer, "metrics", parent->table.metrics);
    (void)json_put(answer, "routes", routes);
    put_problem(answer, parent);
    control_answer(pending->client, answer);
}

void query_status(Parent *parent, ControlClient *client, const Json *question)
{
    (void)question;
    ask_for_figures(pending_new(parent, client, NULL), answer_status);
}

/* ---- the figures of one app ---- */

static void answer_with_figures(Pending *pending, const Json *answers, bool fresh)
{
    const Route *route = routes_find(&pending->parent->table, pending->app);
    Json *answer = pending_yes();

    take_figures(pending->parent, answers);
    if (route)
        put_figures(answer, "slots", pending->parent, route);
    if (fresh)
        figures_begin_window(&pending->parent->figures, pending->app);
    control_answer(pending->client, answer);
}

static void answer_stats(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;

    answer_with_figures(pending, answers, false);
}

static void answer_fresh_stats(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;

    answer_with_figures(pending, answers, true);
}

void query_stats(Parent *parent, ControlClient *client, const Json *question)
{
    const char *app = json_get_text(question, "app");
    bool fresh = json_get_bool(question, "fresh", false);

    if (!app || !routes_find(&parent->table, app)) {
        control_refuse(client, app ? "unknown" : "usage",
                       app ? "no route has this app" : "\"app\" is missing");
        return;
    }
    ask_for_figures(pending_new(parent, client, app), fresh ? answer_fresh_stats : answer_stats);
}

/* ---- metrics ---- */

static void answer_metrics(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;
    CLEANUP_TEXT Text text = {0};
    Json *answer = pending_yes();

    take_figures(pending->parent, answers);
    metrics_append(pending->parent, &text);
    (void)json_put_text(answer, "text", text_chars(&text));
    control_answer(pending->client, answer);
}

void query_metrics(Parent *parent, ControlClient *client, const Json *question)
{
    (void)question;
    ask_for_figures(pending_new(parent, client, NULL), answer_metrics);
}
