/* See worker.h. */
#include "proxy/server/worker.h"

#include "base/clock.h"
#include "base/process/process.h"
#include "proxy/server/messages.h"
#include "proxy/server/parent/heir.h"
#include "proxy/server/parent/service_manager.h"
#include "proxy/server/program.h"
#include "proxy/server/upstream.h"

#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_MAX = 8 * 1024 * 1024,
    STOP_GRACE_MS = 10000,
    STOP_LOOK_MS = 10,
    REPORT_MS = 1000,
    LAST_WORD_MS = 100,
    ORPHAN_IDLE_MS = 500,   /* for who is about to ask: the next parent has only just begun */
    DISOWNED_IDLE_MS = 3000 /* the same, of a worker whose sockets another parent has */
};

typedef struct Worker {
    uv_loop_t *loop;
    Traffic traffic;
    WorkerListeners listeners;
    uv_pipe_t *channel; /* to the parent; NULL while there is none */
    LineBuffer lines;
    Heir heir;
    uv_signal_t terminate;
    uv_signal_t ignored[2];
    uv_timer_t stopper;
    uv_timer_t reporter;
    uint64_t reported_events;
    int64_t stop_by_ms; /* 0: not stopping */
    bool may_inherit;   /* the folder, from a parent that dies */
    bool last_word;     /* was said to those who are still there */
    int64_t since_ms;
} Worker;

static void listen_to(Worker *worker, uv_pipe_t *channel);

static void say(Worker *worker, const Json *message)
{
    if (worker->channel)
        (void)message_send((uv_stream_t *)worker->channel, message, NULL); /* see messages.h */
}

/* The table comes along for a new parent that finds routes.json damaged. */
static void say_hello(Worker *worker)
{
    CLEANUP(json_free) Json *hello = json_new_object();

    (void)json_put_bool(hello, "hello", true); /* a failure marks the value */
    (void)json_put_integer(hello, "pid", process_own_pid());
    (void)json_put_text(hello, "version", GODEPLOY_VERSION);
    (void)json_put_integer(hello, "since_ms", worker->since_ms);
    (void)json_put(hello, "table", live_routes_to_json(&worker->traffic.routes));
    say(worker, hello);
}

/* ---- figures ---- */

static Json *slots_to_json(const LiveRoute *route)
{
    Json *slots = json_new_object();

    for (size_t i = 0; i < route->route.slot_count; i++) {
        Json *slot = stats_to_json(&route->slots[i]->stats);

        (void)json_put_text(slot, "release", route->slots[i]->release);
        (void)json_put(slots, route->slots[i]->name, slot);
    }
    return slots;
}

static void put_figures(const Worker *worker, Json *out)
{
    Json *apps = json_new_object();

    for (size_t i = 0; i < worker->traffic.routes.count; i++) {
        const LiveRoute *route = &worker->traffic.routes.items[i];
        Json *app = json_new_object();

        (void)json_put(app, "slots", slots_to_json(route));
        (void)json_put(app, "held", gate_stats_to_json(&route->gate->stats));
        (void)json_put(apps, route->route.app, app);
    }
    (void)json_put_integer(out, "pid", process_own_pid());
    (void)json_put(out, "apps", apps);
}

/* So that they outlive us. */
static void report(Worker *worker)
{
    CLEANUP(json_free) Json *message = json_new_object();

    (void)json_put_bool(message, "report", true); /* a failure marks the value */
    put_figures(worker, message);
    say(worker, message);
}

/* Whatever happens, one of these grows. */
static uint64_t count_events(const Worker *worker)
{
    uint64_t count = 0;

    for (size_t i = 0; i < worker->traffic.routes.count; i++) {
        const LiveRoute *route = &worker->traffic.routes.items[i];

        count +=
            route->gate->stats.held + route->gate->stats.refused + route->gate->stats.turned_away;
        for (size_t k = 0; k < route->route.slot_count; k++)
            count += route->slots[k]->stats.requests + route->slots[k]->stats.failed +
                     route->slots[k]->stats.latency.count;
    }
    return count;
}

static void on_report(uv_timer_t *timer)
{
    Worker *worker = timer->data;
    uint64_t events = count_events(worker);

    if (events != worker->reported_events)
        report(worker);
    worker->reported_events = events;
}

/* ---- the end ---- */

/* Who is held hears why, instead of being cut. */
static void on_stop_look(uv_timer_t *timer)
{
    Worker *worker = timer->data;
    int64_t now_ms = traffic_now_ms(&worker->traffic);

    if (!traffic_is_over(&worker->traffic) && now_ms < worker->stop_by_ms)
        return;
    if (!traffic_is_over(&worker->traffic) && !worker->last_word) {
        live_routes_close_upgraded(&worker->traffic.routes);
        live_routes_send_away(&worker->traffic.routes);
        worker->last_word = true;
        worker->stop_by_ms = now_ms + LAST_WORD_MS;
        return;
    }
    report(worker);
    uv_stop(worker->loop);
}

static void stop(Worker *worker, int64_t grace_ms, int64_t idle_ms)
{
    int64_t stop_by_ms = traffic_now_ms(&worker->traffic) + grace_ms;

    if (worker->stop_by_ms > 0) {
        worker->stop_by_ms = stop_by_ms < worker->stop_by_ms ? stop_by_ms : worker->stop_by_ms;
        return;
    }
    worker->stop_by_ms = stop_by_ms;
    worker_listeners_close(&worker->listeners);
    traffic_drain(&worker->traffic, idle_ms);
    if (idle_ms == 0)
        live_routes_send_away(&worker->traffic.routes);
    (void)uv_timer_start(&worker->stopper, on_stop_look, STOP_LOOK_MS, STOP_LOOK_MS);
}

static void on_terminate(uv_signal_t *signal_, int number)
{
    (void)number;
    stop(signal_->data, STOP_GRACE_MS, 0);
}

static void on_ignored(uv_signal_t *signal_, int number)
{
    (void)signal_;
    (void)number;
}

/* ---- what the parent asks ---- */

static bool apply_routes(Worker *worker, const Json *message, Error *err)
{
    CLEANUP_ROUTES RouteTable table = {0};
    CLEANUP_TEXT Text why = {0};

    if (!routes_from_json(json_get(message, "table"), &table, err))
        return false;
    if (!live_routes_apply(&worker->traffic.routes, &worker->traffic.connections, &table))
        return error_memory(err);
    traffic_pace(&worker->traffic);
    if (worker->stop_by_ms == 0)
        worker_listeners_follow(&worker->listeners, &why);
    if (why.length > 0)
        return error_set(err, ERR_NETWORK, "%s", why.bytes);
    return true;
}

/* Comes before the routes that show it. */
static void take_page(Worker *worker, const Json *message)
{
    const char *app = json_get_text(message, "app");
    Error ignored = {0};

    if (app && !pages_set(&worker->traffic.pages, app, json_get_text(message, "html"), &ignored))
        (void)pages_set(&worker->traffic.pages, app, NULL, &ignored); /* the plain sentence, then */
}

static void answer_routes(Worker *worker, const Json *message, Json *answer)
{
    Error err = {0};

    if (!apply_routes(worker, message, &err))
        (void)json_put_text(answer, "error", err.message);
    (void)json_put_integer(answer, "generation", worker->traffic.routes.generation);
}

/* Idle connections are closed at once: nobody notices, so there is nothing to spread. */
static size_t close_class(Slot *slot, const char *class_, int64_t over_ms)
{
    if (text_equal(class_, "idle"))
        return pool_close(slot);
    return slot_close(slot, text_equal(class_, "upgraded") ? SLOT_UPGRADED : SLOT_IN_FLIGHT,
                      over_ms);
}

static void answer_close(Worker *worker, const Json *message, Json *answer)
{
    const char *app = json_get_text(message, "app");
    const char *name = json_get_text(message, "slot");
    const char *class_ = json_get_text(message, "class");
    const LiveRoute *route = app ? live_routes_find(&worker->traffic.routes, app) : NULL;
    Slot *slot = route && name ? live_route_slot(route, name) : NULL;
    int64_t over_ms = json_get_integer(message, "over_ms", 0);
    size_t closed = slot && class_ ? close_class(slot, class_, over_ms) : 0;

    traffic_pace(&worker->traffic);
    (void)json_put_integer(answer, "closed", (int64_t)closed);
}

static void answer_as_asked(Worker *worker, const char *what, const Json *message)
{
    CLEANUP(json_free) Json *answer = json_new_object();

    (void)json_put_integer(answer, "id", json_get_integer(message, "id", 0));
    if (text_equal(what, "routes"))
        answer_routes(worker, message, answer);
    else if (text_equal(what, "stats"))
        put_figures(worker, answer);
    else if (text_equal(what, "close"))
        answer_close(worker, message, answer);
    say(worker, answer);
}

static void obey(Worker *worker, const Json *message)
{
    const char *what = json_get_text(message, "do");

    if (!what)
        return;
    /* In the order of the messages and no sooner: a table that was sent before it does not know it,
     * and would have it closed. */
    if (text_equal(what, "listen"))
        worker_listeners_receive(&worker->listeners, worker->channel, message);
    else if (text_equal(what, "page"))
        take_page(worker, message);
    else if (text_equal(what, "inherit"))
        worker->may_inherit = true;
    else if (text_equal(what, "stop"))
        stop(worker, json_get_integer(message, "grace_ms", STOP_GRACE_MS),
             json_get_integer(message, "idle_ms", 0));
    else
        answer_as_asked(worker, what, message);
}

/* ---- the channel ---- */

static void on_channel_closed(uv_handle_t *handle)
{
    free(handle);
}

static void lose_parent(Worker *worker)
{
    uv_close((uv_handle_t *)worker->channel, on_channel_closed);
    worker->channel = NULL;
    line_buffer_free(&worker->lines);
    worker->lines = (LineBuffer){.limit = MESSAGE_MAX};
    if (service_manager_listens()) /* which starts the next parent */
        stop(worker, STOP_GRACE_MS, ORPHAN_IDLE_MS);
    else if (!worker->may_inherit)
        stop(worker, STOP_GRACE_MS, DISOWNED_IDLE_MS);
    else if (worker->stop_by_ms == 0)
        heir_parent_lost(&worker->heir);
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    const Worker *worker = handle->data;

    (void)wanted;
    *out = uv_buf_init(worker->traffic.connections.block, BLOCK_BYTES);
}

static void read_lines(Worker *worker)
{
    char *line = NULL;

    while (worker->channel && line_buffer_next(&worker->lines, &line) == LINE_WHOLE) {
        CLEANUP(free) char *owned = line;
        CLEANUP(json_free) Json *message = NULL;
        Error err = {0};

        if (json_parse(owned, strlen(owned), &message, &err))
            obey(worker, message);
    }
}

static void on_channel_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    Worker *worker = stream->data;

    if (got < 0 || (got > 0 && !line_buffer_add(&worker->lines, block->base, (size_t)got)))
        lose_parent(worker);
    else
        read_lines(worker);
}

static void listen_to(Worker *worker, uv_pipe_t *channel)
{
    worker->channel = channel;
    channel->data = worker;
    say_hello(worker);
    (void)uv_read_start((uv_stream_t *)channel, give_memory, on_channel_read); /* it is open */
}

static void on_heir_started(void *owner, uv_pipe_t *channel)
{
    listen_to(owner, channel);
}

static void on_disowned(void *owner)
{
    stop(owner, STOP_GRACE_MS, DISOWNED_IDLE_MS);
}

static bool open_channel(Worker *worker)
{
    uv_pipe_t *channel = calloc(1, sizeof *channel);

    if (!channel || uv_pipe_init(worker->loop, channel, program_channel_ipc) < 0 ||
        uv_pipe_open(channel, PROGRAM_CHANNEL) < 0) {
        free(channel);
        return false;
    }
    listen_to(worker, channel);
    return true;
}

/* Ctrl-C and a closed terminal are the parent's affair. */
static void prepare_signals(Worker *worker)
{
    static const int ignored[] = {SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        (void)uv_signal_init(worker->loop, &worker->ignored[i]); /* never fails, as the rest */
        (void)uv_signal_start(&worker->ignored[i], on_ignored, ignored[i]);
    }
    worker->terminate.data = worker;
    (void)uv_signal_init(worker->loop, &worker->terminate);
    (void)uv_signal_start(&worker->terminate, on_terminate, SIGTERM);
}

int worker_run(const char *folder, size_t workers, bool reserve)
{
    /* The default loop, so that what is still open at the end is not lost, only left. */
    Worker worker = {.loop = uv_default_loop(), .lines = {.limit = MESSAGE_MAX}};

    worker.may_inherit = !reserve;
    worker.since_ms = clock_wall_ms();
    if (!worker.loop || !traffic_init(&worker.traffic, worker.loop))
        return 1;
    worker_listeners_init(&worker.listeners, &worker.traffic);
    heir_init(&worker.heir, worker.loop);
    worker.heir.folder = folder;
    worker.heir.workers = workers;
    worker.heir.listeners = &worker.listeners;
    worker.heir.started = on_heir_started;
    worker.heir.disowned = on_disowned;
    worker.heir.owner = &worker;
    worker.stopper.data = &worker;
    worker.reporter.data = &worker;
    (void)uv_timer_init(worker.loop, &worker.stopper); /* never fails, as the next two */
    (void)uv_timer_init(worker.loop, &worker.reporter);
    (void)uv_timer_start(&worker.reporter, on_report, REPORT_MS, REPORT_MS);
    prepare_signals(&worker);
    if (!open_channel(&worker))
        return 1;
    (void)uv_run(worker.loop, UV_RUN_DEFAULT); /* how many handles are left does not matter */
    line_buffer_free(&worker.lines);
    traffic_free(&worker.traffic);
    return 0;
}
