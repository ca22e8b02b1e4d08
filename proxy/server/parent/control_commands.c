/* See control_commands.h. */
#include "proxy/server/parent/control_commands.h"

#include "proxy/server/parent/control_pending.h"
#include "proxy/server/parent/control_queries.h"
#include "proxy/server/parent/parent_metrics.h"

#include <stdlib.h>

enum { CLOSE_MOST_MS = 24 * 60 * 60 * 1000 };

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
    answer = pending_yes();
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
    Pending *pending = pending_new(parent, client, NULL);

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
    Json *answer = pending_yes();
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
    pending = pending_new(parent, client, NULL);
    if (pending)
        pending_ask(pending, message, answer_close);
}

static void command_stop(Parent *parent, ControlClient *client, const Json *question)
{
    (void)question;
    control_answer(client, pending_yes());
    parent_stop(parent);
}

typedef struct Command {
    const char *name;
    void (*run)(Parent *parent, ControlClient *client, const Json *question);
} Command;

static const Command commands[] = {
    {"status",         query_status          },
    {"stats",          query_stats           },
    {"metrics",        query_metrics         },
    {"metrics.listen", parent_metrics_command},
    {"route.set",      command_route_set     },
    {"route.remove",   command_route_remove  },
    {"close",          command_close         },
    {"upgrade",        succession_command    },
    {"stop",           command_stop          },
};

void control_command(void *parent, ControlClient *client, const Json *question)
{
    const char *name = json_get_text(question, "do");

    if (succession_has_handed_over(parent)) {
        control_hang_up(client); /* asked again, it reaches who can answer */
        return;
    }
    for (size_t i = 0; name && i < sizeof commands / sizeof *commands; i++) {
        if (text_equal(name, commands[i].name)) {
            commands[i].run(parent, client, question);
            return;
        }
    }
    control_refuse(client, "usage",
                   name ? "nothing of this name can be done" : "\"do\" is missing");
}
