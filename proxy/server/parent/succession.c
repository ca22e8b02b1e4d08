/* See succession.h: the parent that leaves. */
#include "proxy/server/parent/succession.h"

#include "base/path.h"
#include "base/text.h"
#include "proxy/server/parent/control_pending.h"
#include "proxy/server/parent/parent.h"
#include "proxy/server/parent/parent_lock.h"
#include "proxy/server/parent/parent_news.h"
#include "proxy/server/parent/parent_service.h"
#include "proxy/server/parent/service_manager.h"
#include "proxy/server/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_MS = 8000, /* for each of the two words of the new build */
    LOOK_MS = 5,
    LOOK_MOST_MS = 200, /* that one look counts: longer ones kept us from listening as well */
    GRACE_MOST_MS = 24 * 60 * 60 * 1000,
    MESSAGE_MAX = 64 * 1024
};

void succession_init(Parent *parent)
{
    parent->succession.lines.limit = MESSAGE_MAX;
    parent->succession.clock.data = parent;
    (void)uv_timer_init(parent->loop, &parent->succession.clock); /* never fails */
}

bool succession_is_on(const Parent *parent)
{
    return parent->succession.step != SUCCESSION_NONE || parent->successor.waits;
}

bool succession_has_handed_over(const Parent *parent)
{
    return parent->succession.step == SUCCESSION_HANDED;
}

/* ---- the end of it ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void forget(Succession *succession)
{
    (void)uv_timer_stop(&succession->clock); /* never fails */
    if (succession->channel)
        uv_close((uv_handle_t *)succession->channel, on_closed);
    line_buffer_free(&succession->lines);
    json_free(succession->workers);
    succession->lines = (LineBuffer){.limit = MESSAGE_MAX};
    succession->workers = NULL;
    succession->process = NULL;
    succession->channel = NULL;
    succession->client = NULL;
    succession->why = NULL;
    succession->ready = false;
    succession->step = SUCCESSION_NONE;
}

static void refuse(Parent *parent, const char *why)
{
    ControlClient *client = parent->succession.client;

    event_log(&parent->log, "the upgrade failed: %s", why);
    forget(&parent->succession);
    if (client)
        control_refuse(client, "upgrade", why);
}

static void leave(Parent *parent)
{
    parent->followed = true;
    uv_stop(parent->loop);
}

/* It may have changed the routes before it died. A file that it has spoilt is not better than what
 * we know. */
static bool take_routes_back(Parent *parent, Error *err)
{
    CLEANUP_ROUTES RouteTable table = {0};
    RouteTable ours = parent->table;

    if (!routes_load(parent->routes_path, &table, &parent->load_problem, err))
        return false;
    if (table.generation < ours.generation)
        return routes_save(parent->routes_path, &ours, err);
    parent->table = table;
    table = ours; /* freed */
    return true;
}

static void ignore_answers(void *context, const Json *answers)
{
    (void)context;
    (void)answers;
}

static void tell_workers(Parent *parent)
{
    CLEANUP(json_free) Json *routes = news_routes(parent);

    if (!workers_ask(&parent->workers, routes, ignore_answers, NULL))
        event_log(&parent->log, "out of memory");
}

/* A worker of the new build that was faster has started a parent of its own, with all sockets: then
 * ours follow that one. */
static void take_back(Parent *parent, int64_t dead_pid)
{
    Error err = {0};

    if (!parent_take_lock(parent, dead_pid, &err)) {
        event_log(&parent->log, "%s: left to it", err.message);
        leave(parent);
        return;
    }
    if (!take_routes_back(parent, &err))
        event_log(&parent->log, "%s", err.message);
    workers_take_back(&parent->workers);
    tell_workers(parent);
    parent->settled = false; /* at the next look, once what was closed is closed: the sockets of
                                control and metrics are opened again */
}

static void on_ended(uv_process_t *process, int64_t exit_status, int signal_number)
{
    Parent *parent = process->data;
    Succession *succession = &parent->succession;
    char why[160];

    (void)snprintf(why, sizeof why,
                   "the new build ended before it served (exit status %lld, signal %d)",
                   (long long)exit_status, signal_number);
    if (succession->process == process) {
        if (succession->step == SUCCESSION_HANDED)
            take_back(parent, process->pid);
        refuse(parent, succession->why ? succession->why : why);
    }
    uv_close((uv_handle_t *)process, on_closed);
}

/* Its end is told to on_ended(). `why` is static. */
static void kill_it(Succession *succession, const char *why)
{
    succession->why = succession->why ? succession->why : why;
    (void)uv_process_kill(succession->process, SIGKILL);
}

void succession_give_up(Parent *parent)
{
    if (parent->succession.step != SUCCESSION_NONE)
        kill_it(&parent->succession, "the proxy is stopped");
}

/* ---- handing over ---- */

/* With nothing between us and the workers that could get lost. */
static void hand_over(Parent *parent)
{
    Succession *succession = &parent->succession;
    CLEANUP(json_free) Json *message = json_new_object();

    (void)json_put_text(message, "do", "take"); /* a failure marks the value */
    (void)json_put(message, "table", routes_to_json(&parent->table));
    (void)json_put(message, "workers", TAKE(succession->workers));
    (void)json_put_integer(message, "grace_ms", succession->grace_ms);
    workers_hand_over(&parent->workers);
    control_server_close(&parent->control);
    metrics_server_close(&parent->metrics);
    succession->step = SUCCESSION_HANDED;
    succession->waited_ms = 0;
    parent_release_lock(parent);
    if (!message_send((uv_stream_t *)succession->channel, message, NULL))
        kill_it(succession, "out of memory");
    event_log(&parent->log, "handed over to process %lld", (long long)succession->process->pid);
}

/* What came after it was started is not in its hands: it would be lost with us. */
static void hand_over_if_it_has_all(Parent *parent)
{
    if (workers_are_bequeathed(&parent->workers) && listeners_are_bequeathed(&parent->listeners)) {
        hand_over(parent);
        return;
    }
    (void)uv_timer_stop(&parent->succession.clock); /* never fails */
    kill_it(&parent->succession,
            "a worker or an address came since the new build was started: ask again");
}

static bool is_overdue(Succession *succession, int64_t now_ms)
{
    int64_t passed_ms = now_ms - succession->looked_ms;

    succession->looked_ms = now_ms;
    succession->waited_ms += passed_ms < LOOK_MOST_MS ? passed_ms : LOOK_MOST_MS;
    return succession->waited_ms > STEP_MS;
}

static void on_clock(uv_timer_t *timer)
{
    Parent *parent = timer->data;
    Succession *succession = &parent->succession;

    if (is_overdue(succession, (int64_t)uv_now(parent->loop))) {
        kill_it(succession, "the new build said nothing and was killed");
        (void)uv_timer_stop(timer); /* never fails */
    } else if (succession->step == SUCCESSION_STARTED && succession->ready &&
               workers_are_quiet(&parent->workers)) {
        hand_over_if_it_has_all(parent);
    }
}

/* Written before we end: a new socket has room for a line. */
static void conclude(Parent *parent)
{
    ControlClient *client = parent->succession.client;
    Json *answer = pending_yes();

    (void)json_put_integer(answer, "pid", parent->succession.process->pid);
    parent->succession.client = NULL;
    parent_service_followed(parent->succession.process->pid);
    control_answer(client, answer);
    leave(parent);
}

static void hear(Parent *parent, const Json *message)
{
    Succession *succession = &parent->succession;
    const char *version = json_get_text(message, "version");

    if (json_get_bool(message, "ready", false) && !succession->ready) {
        event_log(&parent->log, "version %s is ready to take over", version ? version : "unknown");
        succession->ready = true;
    } else if (json_get_bool(message, "serving", false) && succession->step == SUCCESSION_HANDED) {
        conclude(parent);
    }
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    Parent *parent = handle->data;

    (void)wanted;
    *out = uv_buf_init(parent->succession.block, SUCCESSION_BLOCK);
}

/* Who talks nonsense is not the program that it is taken for. */
static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    Parent *parent = stream->data;
    Succession *succession = &parent->succession;
    char *line = NULL;

    if (got < 0 || (got > 0 && !line_buffer_add(&succession->lines, block->base, (size_t)got))) {
        (void)uv_read_stop(stream); /* never fails */
        kill_it(succession, NULL);
        return;
    }
    while (!parent->followed && line_buffer_next(&succession->lines, &line) == LINE_WHOLE) {
        CLEANUP(free) char *owned = line;
        CLEANUP(json_free) Json *message = NULL;
        Error err = {0};

        if (!json_parse(owned, strlen(owned), &message, &err)) {
            kill_it(succession, "the new build is no godeploy-proxy: what it said is no JSON");
            return;
        }
        hear(parent, message);
    }
}

/* ---- the beginning ---- */

static bool spawn(Parent *parent, const char *program, Error *err)
{
    Inheritance inheritance = {0};
    char numbers[5][24];
    const char *arguments[] = {"--folder",   parent->folder, "--adopt",        numbers[0],
                               "--channels", numbers[1],     "--workers",      numbers[2],
                               "--lent",     numbers[3],     "--successor-of", numbers[4],
                               NULL};
    ProgramStart wanted = {.program = program,
                           .arguments = arguments,
                           .channel = parent->succession.channel,
                           .inheritance = &inheritance,
                           .on_exit = on_ended};

    listeners_bequeath(&parent->listeners, &inheritance);
    workers_bequeath(&parent->workers, &inheritance);
    (void)snprintf(numbers[0], sizeof *numbers, "%zu", inheritance.listener_count);
    (void)snprintf(numbers[1], sizeof *numbers, "%zu", inheritance.channel_count);
    (void)snprintf(numbers[2], sizeof *numbers, "%zu", parent->workers.wanted);
    (void)snprintf(numbers[3], sizeof *numbers, "%zu", inheritance.lent_count);
    (void)snprintf(numbers[4], sizeof *numbers, "%lld", (long long)uv_os_getpid());
    parent->succession.workers = workers_to_json(&parent->workers);
    parent->succession.process->data = parent;
    return program_start(parent->loop, &wanted, parent->succession.process, err);
}

static bool begin(Parent *parent, const char *program, Error *err)
{
    Succession *succession = &parent->succession;

    succession->process = calloc(1, sizeof *succession->process);
    succession->channel = calloc(1, sizeof *succession->channel);
    if (!succession->process || !succession->channel ||
        uv_pipe_init(parent->loop, succession->channel, program_channel_ipc) < 0) {
        free(succession->process);
        free(succession->channel);
        succession->process = NULL;
        succession->channel = NULL;
        return error_memory(err);
    }
    succession->channel->data = parent;
    if (!spawn(parent, program, err)) {
        uv_close((uv_handle_t *)succession->process, on_closed);
        forget(succession);
        return false;
    }
    succession->step = SUCCESSION_STARTED;
    succession->waited_ms = 0;
    (void)uv_timer_start(&succession->clock, on_clock, LOOK_MS, LOOK_MS);
    (void)uv_read_start((uv_stream_t *)succession->channel, give_memory, on_read); /* it is open */
    return true;
}

static const char *trouble(const Parent *parent, const char *program, int64_t grace_ms)
{
    if (!program || !path_is_absolute(program))
        return "\"program\" is missing or no absolute path";
    if (grace_ms < 0 || grace_ms > GRACE_MOST_MS)
        return "\"grace_ms\" is not between 0 and a day";
    if (parent->log.foreground && !service_manager_listens())
        return "it runs in the foreground: whoever started it would take its end for a failure";
    if (succession_is_on(parent) || parent->stopping)
        return "it is being upgraded or stopped already";
    if (!workers_are_quiet(&parent->workers))
        return "its workers are not ready: ask again";
    return NULL;
}

void succession_command(Parent *parent, ControlClient *client, const Json *question)
{
    const char *asked = json_get_text(question, "program");
    CLEANUP(free) char *program = text_copy(asked ? asked : "");
    int64_t grace_ms = json_get_integer(question, "grace_ms", 0);
    const char *why_not = NULL;
    Error err = {0};

    if (program)
        path_use_slashes(program);
    why_not = trouble(parent, program, grace_ms);
    if (why_not) {
        control_refuse(client, "usage", why_not);
        return;
    }
    event_log(&parent->log, "upgrade to %s", program);
    if (!begin(parent, program, &err)) {
        event_log(&parent->log, "the upgrade failed: %s", err.message);
        control_refuse(client, "upgrade", err.message);
        return;
    }
    parent->succession.grace_ms = grace_ms;
    parent->succession.client = client;
}
