/* See parent.h. */
#include "proxy/server/parent/parent.h"

#include "base/file/file.h"
#include "base/path.h"
#include "proxy/server/parent/control_commands.h"
#include "proxy/server/parent/parent_lock.h"
#include "proxy/server/parent/parent_metrics.h"
#include "proxy/server/parent/parent_news.h"
#include "proxy/server/parent/parent_service.h"
#include "proxy/server/parent/service_manager.h"
#include "proxy/server/program.h"

#include <stdio.h>
#include <string.h>

enum {
    MEND_MS = 100,
    RESTART_IDLE_MS = 500 /* for who has just connected: the next ones wait for the next process */
};

static const char control_name[] = "control.sock";

/* ---- changes ---- */

bool parent_change(Parent *parent, const ParentChange *change, const char **code, Error *err)
{
    CLEANUP_ROUTES RouteTable taken = *change->next;
    CLEANUP(json_free) Json *message = NULL;
    RouteTable before = parent->table;

    *change->next = (RouteTable){0};
    *code = "listen";
    if (change->route && !listeners_open(&parent->listeners, change->route, err)) {
        listeners_close_unused(&parent->listeners, &parent->table);
        return false;
    }
    *code = "file";
    if (!routes_save(parent->routes_path, &taken, err)) {
        listeners_close_unused(&parent->listeners, &parent->table);
        return false;
    }
    parent->table = taken;
    taken = before; /* freed */
    *code = "memory";
    if (!figures_follow(&parent->figures, &parent->table, err))
        return false;
    news_new_listeners(parent);
    news_pages(parent, change);
    message = news_routes(parent);
    return workers_ask(&parent->workers, message, change->done, change->context) ||
           error_memory(err);
}

/* ---- mending ---- */

static bool open_all(Parent *parent)
{
    Error err = {0};

    text_clear(&parent->listen_problem);
    for (size_t i = 0; i < parent->table.count; i++) {
        if (!listeners_open(&parent->listeners, &parent->table.items[i], &err))
            text_appendf(&parent->listen_problem, "%s%s", parent->listen_problem.length ? "; " : "",
                         err.message);
    }
    return parent->listen_problem.length == 0;
}

static void ignore_answers(void *context, const Json *answers)
{
    (void)context;
    (void)answers;
}

static bool has_news(const Parent *parent)
{
    LINK_EACH(at, &parent->listeners.list)
    {
        if (!LINK_OWNER(at, Listener, link)->announced)
            return true;
    }
    return false;
}

static void mend_listeners(Parent *parent)
{
    CLEANUP(json_free) Json *message = NULL;

    if (listeners_have_all(&parent->listeners, &parent->table)) {
        text_clear(&parent->listen_problem);
        return;
    }
    if (open_all(parent))
        event_log(&parent->log, "every address can be listened on again");
    if (!has_news(parent))
        return;
    message = news_routes(parent);
    news_new_listeners(parent);
    if (!workers_ask(&parent->workers, message, ignore_answers, NULL))
        event_log(&parent->log, "out of memory");
}

/* The socket's name may be impossible to make for a while (a full disk): the traffic goes on, and a
 * parent that took over tries again. */
static bool open_control(Parent *parent, Error *err)
{
    return control_server_open(&parent->control, parent->folder, control_name, err);
}

/* The routes of a parent that was there before. */
static void load_pages(Parent *parent)
{
    for (size_t i = 0; i < parent->table.count; i++) {
        const Route *route = &parent->table.items[i];
        CLEANUP(free) char *html = NULL;
        Error err = {0};

        if (!parent_read_page(route, &html, &err) ||
            (html && !pages_set(&parent->pages, route->app, html, &err)))
            event_log(&parent->log, "%s is in maintenance without its page: %s", route->app,
                      err.message);
    }
}

/* The table is known: from here on questions are answered. */
bool parent_settle(Parent *parent, Error *err)
{
    parent->settled = true;
    if (!figures_follow(&parent->figures, &parent->table, err))
        return false;
    load_pages(parent);
    if (!open_all(parent))
        event_log(&parent->log, "cannot listen everywhere: %s",
                  text_chars(&parent->listen_problem));
    listeners_close_unused(&parent->listeners, &parent->table);
    parent_metrics_mend(parent);
    return open_control(parent, err);
}

static void settle_as_heir(Parent *parent)
{
    Error err = {0};

    if (!parent_settle(parent, &err))
        event_log(&parent->log, "%s: tried again until it works", err.message);
}

static void mend(Parent *parent)
{
    Error err = {0};

    mend_listeners(parent);
    parent_metrics_mend(parent);
    if (!parent->control.door && open_control(parent, &err))
        event_log(&parent->log, "the control socket is open again");
}

static void on_mend(uv_timer_t *timer)
{
    Parent *parent = timer->data;

    if (succession_is_on(parent))
        return; /* whose affair it is, is not decided */
    if (parent->settled)
        mend(parent);
    else if (workers_have_greeted(&parent->workers)) /* the orphan died before it said hello */
        settle_as_heir(parent);
}

/* ---- workers come and go ---- */

/* What still serves knows better than a file that cannot be read, or is older or gone: no worker is
 * told what the file does not have. */
static void inherit_table(Parent *parent, const Json *hello)
{
    CLEANUP_ROUTES RouteTable table = {0};
    RouteTable ours = parent->table;
    Error err = {0};

    if (!routes_from_json(json_get(hello, "table"), &table, &err) ||
        table.generation <= ours.generation)
        return;
    parent->table = table;
    table = ours; /* freed */
    if (parent->load_problem.length == 0)
        text_appendf(&parent->load_problem, "%s was lost", parent->routes_path);
    if (routes_save(parent->routes_path, &parent->table, &err))
        text_appendf(&parent->load_problem, "; the routes were taken from the worker");
    event_log(&parent->log, "%s", text_chars(&parent->load_problem));
}

static void on_arrived(void *owner, WorkerProcess *worker, const Json *hello)
{
    Parent *parent = owner;

    if (successor_waits(parent)) {
        successor_hear_worker(parent, worker);
        return;
    }
    if (!parent->settled) {
        inherit_table(parent, hello);
        settle_as_heir(parent);
    }
    if (!parent->stopping) {
        news_everything(parent, worker);
        parent_service_ready(parent);
    }
    workers_fill(&parent->workers);
}

static void on_reported(void *owner, const Json *report)
{
    Parent *parent = owner;

    figures_take(&parent->figures, report);
}

static void on_gone(void *owner, int64_t pid)
{
    Parent *parent = owner;

    figures_worker_gone(&parent->figures, pid);
}

static void on_all_gone(void *owner)
{
    Parent *parent = owner;

    uv_stop(parent->loop);
}

void parent_stop(Parent *parent)
{
    if (parent->stopping)
        return;
    parent->stopping = true;
    event_log(&parent->log, "stopping");
    parent_service_stopping();
    succession_give_up(parent);
    (void)uv_timer_stop(&parent->mender); /* never fails */
    listeners_close_all(&parent->listeners);
    metrics_server_close(&parent->metrics);
    workers_stop(&parent->workers, parent_service_sockets_stay(parent) ? RESTART_IDLE_MS : 0);
    if (service_manager_listens())
        uv_stop(parent->loop); /* who follows us need not wait until what is under way is done */
}

static void on_signal(uv_signal_t *signal_, int number)
{
    (void)number;
    parent_stop(signal_->data);
}

/* ---- start ---- */

/* A successor takes the lock and the routes when it is told to. */
static bool take_lock_at_start(Parent *parent, const ParentOptions *options, Error *err)
{
    return options->handed_channels >= 0 || parent_take_lock(parent, options->dead_parent, err);
}

static bool load_at_start(Parent *parent, const ParentOptions *options, Error *err)
{
    return options->handed_channels >= 0 ||
           routes_load(parent->routes_path, &parent->table, &parent->load_problem, err);
}

static bool prepare(Parent *parent, const ParentOptions *options, Error *err)
{
    parent->routes_path = path_join(parent->folder, "routes.json");
    parent->log_path = path_join(parent->folder, "proxy.log");
    if (!parent->routes_path || !parent->log_path)
        return error_memory(err);
    parent->log = (EventLog){.path = parent->log_path, .foreground = options->foreground};
    if (!folder_create(parent->folder, err) || !take_lock_at_start(parent, options, err) ||
        !load_at_start(parent, options, err))
        return false;
    if (parent->load_problem.length > 0)
        event_log(&parent->log, "%s", text_chars(&parent->load_problem));
    return true;
}

static void watch_signals(Parent *parent)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        parent->signals[i].data = parent;
        (void)uv_signal_init(parent->loop, &parent->signals[i]); /* never fails */
        (void)uv_signal_start(&parent->signals[i], on_signal, numbers[i]);
    }
}

static bool inherit(Parent *parent, const ParentOptions *options, Error *err)
{
    Inheritance *inheritance = &parent->successor.inheritance;
    size_t channels = options->handed_channels < 0 ? 0 : (size_t)options->handed_channels;

    if (!inheritance_receive((size_t)options->adopted_listeners, channels, inheritance, err))
        return false;
    for (size_t i = 0; i < inheritance->listener_count; i++) {
        if (i < (size_t)options->lent_listeners)
            listeners_borrow(&parent->listeners, inheritance->listeners[i]);
        else
            listeners_adopt(&parent->listeners, inheritance->listeners[i]);
    }
    return true;
}

static bool start(Parent *parent, const ParentOptions *options, Error *err)
{
    parent->mender.data = parent;
    (void)uv_timer_init(parent->loop, &parent->mender); /* never fails, as the next */
    (void)uv_timer_start(&parent->mender, on_mend, MEND_MS, MEND_MS);
    watch_signals(parent);
    if (options->adopted_listeners < 0) {
        parent_service_take_sockets(parent);
        if (!parent_settle(parent, err))
            return false;
        workers_fill(&parent->workers);
        return true;
    }
    if (!inherit(parent, options, err))
        return false;
    parent->sockets_stay = options->lent_listeners > 0;
    if (options->handed_channels >= 0)
        return successor_start(parent, options, err);
    event_log(&parent->log, "took over from a parent that died");
    return workers_adopt(&parent->workers, err);
}

static void init(Parent *parent, const ParentOptions *options)
{
    parent->loop = uv_default_loop();
    parent->folder = options->folder;
    listeners_init(&parent->listeners, parent->loop);
    parent->workers = (Workers){
        .folder = options->folder,
        .log = &parent->log,
        .events = {.arrived = on_arrived,
                   .reported = on_reported,
                   .gone = on_gone,
                   .all_gone = on_all_gone},
        .owner = parent,
        .wanted = options->workers
    };
    workers_init(&parent->workers, parent->loop);
    parent->metrics =
        (MetricsServer){.loop = parent->loop, .asked = parent_metrics_asked, .owner = parent};
    succession_init(parent);
    parent->control.loop = parent->loop;
    parent->control.asked = control_command;
    parent->control.owner = parent;
}

static void remove_control_socket(const Parent *parent)
{
    CLEANUP(free) char *path = path_join(parent->folder, control_name);
    Error err = {0};

    if (path)
        (void)file_remove(path, &err); /* left behind it would harm nobody */
}

/* What the default loop does not keep; the process ends now. */
static void let_go(Parent *parent)
{
    routes_free(&parent->table);
    pages_free(&parent->pages);
    figures_free(&parent->figures);
    line_buffer_free(&parent->succession.lines);
    line_buffer_free(&parent->successor.lines);
    text_free(&parent->load_problem);
    text_free(&parent->listen_problem);
    free(parent->routes_path);
    free(parent->log_path);
    file_lock_release(parent->lock);
}

int parent_run(const ParentOptions *options)
{
    Parent parent = {0};
    Error err = {0};

    init(&parent, options);
    if (!prepare(&parent, options, &err) || !start(&parent, options, &err)) {
        (void)fprintf(stderr, "godeploy-proxy: %s\n", err.message);
        let_go(&parent);
        return err.code == ERR_LOCKED ? PROGRAM_EXIT_LOCKED : error_exit_status(err.code);
    }
    if (!successor_waits(&parent))
        event_log(&parent.log, "version %s serves %zu routes", GODEPLOY_VERSION,
                  parent.table.count);
    (void)uv_run(parent.loop, UV_RUN_DEFAULT); /* how many handles are left does not matter */
    if (!parent.followed)
        remove_control_socket(&parent);
    event_log(&parent.log, parent.followed ? "followed by another build" : "stopped");
    let_go(&parent);
    return 0;
}
