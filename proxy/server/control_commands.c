/* See control_commands.h. */
#include "proxy/server/control_commands.h"

#include "base/process.h"
#include "proxy/server/gate.h"
#include "proxy/server/parent.h"
#include "proxy/server/stats.h"

#include <stdlib.h>

enum { CLOSE_MOST_MS = 24 * 60 * 60 * 1000 };

/* A question that waits for the workers. */
typedef struct Pending {
    Parent *parent;
    ControlClient *client;
    char app[ROUTE_APP_SIZE];
} Pending;

static Json *new_yes(void)
{
    Json *answer = json_new_object();

    (void)json_put_bool(answer, "ok", true); /* a failure marks the value, here and below */
    return answer;
}

static Pending *new_pending(Parent *parent, ControlClient *client, const char *app)
{
    Pending *pending = calloc(1, sizeof *pending);

    if (!pending) {
        control_refuse(client, "memory", "out of memory");
        return NULL;
    }
    pending->parent = parent;
    pending->client = client;
    for (size_t i = 0; app && app[i] && i + 1 < sizeof pending->app; i++)
        pending->app[i] = app[i];
    return pending;
}

static void ask_workers(Pending *pending, Json *message, WorkersAnswered *done)
{
    if (workers_ask(&pending->parent->workers, message, done, pending))
        return;
    control_refuse(pending->client, "memory", "out of memory");
    free(pending);
}

/* ---- figures ---- */

/* One slot, added up over the workers. */
static Json *slot_report(const Json *answers, const char *app, const char *slot)
{
    CLEANUP(free) Stats *sum = calloc(1, sizeof *sum);

    if (!sum)
        return NULL;
    for (size_t i = 0; i < json_count(answers); i++) {
        const Json *apps = json_get(json_item(answers, i), "apps");

        stats_add_json(sum, json_get(json_get(json_get(apps, app), "slots"), slot));
    }
    return stats_report(sum);
}

static Json *slots_report(const Json *answers, const Route *route)
{
    Json *slots = json_new_object();

    for (size_t i = 0; i < route->slot_count; i++)
        (void)json_put(slots, route->slots[i].name,
                       slot_report(answers, route->app, route->slots[i].name));
    return slots;
}

static Json *held_report(const Json *answers, const char *app)
{
    GateStats sum = {0};

    for (size_t i = 0; i < json_count(answers); i++) {
        const Json *apps = json_get(json_item(answers, i), "apps");

        gate_stats_add_json(&sum, json_get(json_get(apps, app), "held"));
    }
    return gate_stats_to_json(&sum);
}

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
    const Parent *parent = pending->parent;
    Json *answer = new_yes();
    Json *routes = json_new_array();

    for (size_t i = 0; i < parent->table.count; i++) {
        Json *route = route_to_json(&parent->table.items[i]);

        (void)json_put_text(route, "proof", ""); /* only who sets it has to know it */
        (void)json_put(route, "stats", slots_report(answers, &parent->table.items[i]));
        (void)json_put(route, "held", held_report(answers, parent->table.items[i].app));
        (void)json_push(routes, route);
    }
    (void)json_put_text(answer, "version", GODEPLOY_VERSION);
    (void)json_put_integer(answer, "pid", process_own_pid());
    (void)json_put(answer, "workers", workers_to_json(&parent->workers));
    (void)json_put_integer(answer, "worker_restarts", parent->workers.restarts);
    (void)json_put_integer(answer, "generation", parent->table.generation);
    (void)json_put(answer, "routes", routes);
    put_problem(answer, parent);
    control_answer(pending->client, answer);
}

static void command_status(Parent *parent, ControlClient *client, const Json *question)
{
    CLEANUP(json_free) Json *message = json_new_object();
    Pending *pending = new_pending(parent, client, NULL);

    (void)question;
    (void)json_put_text(message, "do", "stats");
    if (pending)
        ask_workers(pending, message, answer_status);
}

static void answer_stats(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;
    const Route *route = routes_find(&pending->parent->table, pending->app);
    Json *answer = new_yes();

    if (route) {
        (void)json_put(answer, "slots", slots_report(answers, route));
        (void)json_put(answer, "held", held_report(answers, route->app));
    }
    control_answer(pending->client, answer);
}

static void command_stats(Parent *parent, ControlClient *client, const Json *question)
{
    CLEANUP(json_free) Json *message = json_new_object();
    const char *app = json_get_text(question, "app");
    Pending *pending = NULL;

    if (!app || !routes_find(&parent->table, app)) {
        control_refuse(client, app ? "unknown" : "usage",
                       app ? "no route has this app" : "\"app\" is missing");
        return;
    }
    (void)json_put_text(message, "do", "stats");
    (void)json_put_text(message, "app", app);
    (void)json_put_bool(message, "reset_latency", json_get_bool(question, "fresh", false));
    pending = new_pending(parent, client, app);
    if (pending)
        ask_workers(pending, message, answer_stats);
}

/* ---- changes ---- */

static void answer_change(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;
    Parent *parent = pending->parent;
    Json *answer = NULL;

    listeners_close_unused(&parent->listeners, &parent->table);
    for (size_t i = 0; i < json_count(answers); i++) {
        const char *error = json_get_text(json_item(answers, i), "error");

        if (!error)
            continue;
        event_log(&parent->log, "a worker cannot follow: %s", error);
        control_refuse(pending->client, "worker", error);
        return;
    }
    answer = new_yes();
    (void)json_put_integer(answer, "generation", parent->table.generation);
    control_answer(pending->client, answer);
}

static void refuse_as(ControlClient *client, const char *code, const Error *err)
{
    control_refuse(client, code, err->message);
}

static void change(Parent *parent, ControlClient *client, ParentChange *wanted)
{
    Error err = {0};
    const char *code = NULL;
    Pending *pending = new_pending(parent, client, NULL);

    if (!pending) {
        routes_free(wanted->next);
        return;
    }
    wanted->done = answer_change;
    wanted->context = pending;
    if (!parent_change(parent, wanted, &code, &err)) {
        event_log(&parent->log, "a change of the routes failed: %s", err.message);
        refuse_as(client, code, &err);
        free(pending);
    }
}

static void log_route(const Parent *parent, const Route *route)
{
    char text[ADDRESS_TEXT_SIZE];
    bool none = route->active == ROUTE_NO_SLOT;

    event_log(&parent->log, "route of %s: active %s%s%s, release %s, gate %s", route->app,
              none ? "none" : route->slots[route->active].name, none ? "" : " at ",
              none ? "" : address_format(&route->slots[route->active].address, text),
              route->release[0] ? route->release : "unknown", route_gate_name(route->gate));
    if (route->candidate_ppm > 0)
        event_log(&parent->log, "canary of %s: %lld of %d new clients see release %s", route->app,
                  (long long)route->candidate_ppm, ROUTE_MILLION,
                  route->candidate_release[0] ? route->candidate_release : "unknown");
}

static void command_route_set(Parent *parent, ControlClient *client, const Json *question)
{
    Route route;
    RouteTable next = {0};
    ParentChange wanted = {.next = &next, .route = &route};
    CLEANUP(free) char *page = NULL;
    Error err = {0};

    if (!route_from_json(json_get(question, "route"), &route, &err) ||
        !parent_read_page(&route, &page, &err) ||
        !routes_with(&parent->table, &route, &next, &err)) {
        refuse_as(client, "usage", &err);
        return;
    }
    log_route(parent, &route);
    wanted.page = page;
    change(parent, client, &wanted);
}

static void command_route_remove(Parent *parent, ControlClient *client, const Json *question)
{
    const char *app = json_get_text(question, "app");
    RouteTable next = {0};
    ParentChange wanted = {.next = &next};
    Error err = {0};

    if (!app) {
        control_refuse(client, "usage", "\"app\" is missing");
        return;
    }
    if (!routes_without(&parent->table, app, &next, &err)) {
        refuse_as(client, "memory", &err);
        return;
    }
    event_log(&parent->log, "route of %s removed", app);
    change(parent, client, &wanted);
}

/* ---- closing ---- */

static void answer_close(void *context, const Json *answers)
{
    CLEANUP(free) Pending *pending = context;
    Json *answer = new_yes();
    int64_t closed = 0;

    for (size_t i = 0; i < json_count(answers); i++)
        closed += json_get_integer(json_item(answers, i), "closed", 0);
    (void)json_put_integer(answer, "closed", closed);
    control_answer(pending->client, answer);
}

static bool is_class(const char *text)
{
    return text_equal(text, "in_flight") || text_equal(text, "idle") ||
           text_equal(text, "upgraded");
}

static const char *close_trouble(const Parent *parent, const Json *question)
{
    const char *app = json_get_text(question, "app");
    const char *slot = json_get_text(question, "slot");
    const char *class_ = json_get_text(question, "class");
    int64_t over_ms = json_get_integer(question, "over_ms", 0);
    const Route *route = app ? routes_find(&parent->table, app) : NULL;

    if (!route)
        return "\"app\" is missing or has no route";
    if (!slot || route_slot_index(route, slot) == ROUTE_NO_SLOT)
        return "\"slot\" is missing or none of the app";
    if (!class_ || !is_class(class_))
        return "\"class\" is not in_flight, idle or upgraded";
    if (over_ms < 0 || over_ms > CLOSE_MOST_MS)
        return "\"over_ms\" is not between 0 and a day";
    return NULL;
}

static void command_close(Parent *parent, ControlClient *client, const Json *question)
{
    CLEANUP(json_free) Json *message = NULL;
    const char *trouble = close_trouble(parent, question);
    Pending *pending = NULL;

    if (trouble) {
        control_refuse(client, "usage", trouble);
        return;
    }
    message = json_copy_of(question);
    pending = new_pending(parent, client, NULL);
    if (pending)
        ask_workers(pending, message, answer_close);
}

static void command_stop(Parent *parent, ControlClient *client, const Json *question)
{
    (void)question;
    control_answer(client, new_yes());
    parent_stop(parent);
}

typedef struct Command {
    const char *name;
    void (*run)(Parent *parent, ControlClient *client, const Json *question);
} Command;

static const Command commands[] = {
    {"status",       command_status      },
    {"stats",        command_stats       },
    {"route.set",    command_route_set   },
    {"route.remove", command_route_remove},
    {"close",        command_close       },
    {"stop",         command_stop        },
};

void control_command(void *parent, ControlClient *client, const Json *question)
{
    const char *name = json_get_text(question, "do");

    for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++) {
        if (text_equal(name, commands[i].name)) {
            commands[i].run(parent, client, question);
            return;
        }
    }
    control_refuse(client, "usage",
                   name ? "nothing of this name can be done" : "\"do\" is missing");
}
