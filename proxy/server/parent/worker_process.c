/* See worker_process.h. */
#include "proxy/server/parent/worker_process.h"

#include "base/clock.h"
#include "proxy/server/parent/inheritance.h"
#include "proxy/server/parent/worker_questions.h"
#include "proxy/server/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 8 * 1024 * 1024 };

/* ---- life and death ---- */

static void free_if_closed(WorkerProcess *worker)
{
    if (--worker->open_handles > 0)
        return;
    line_buffer_free(&worker->lines);
    free(worker);
}

void worker_on_handle_closed(uv_handle_t *handle)
{
    free_if_closed(handle->data);
}

static void bury(WorkerProcess *worker, const char *how)
{
    Workers *all = worker->all;
    bool lived = workers_now_ms(all) - worker->started_ms >= WORKER_LIVED_MS;

    if (worker->dead)
        return;
    worker->dead = true;
    link_remove(&worker->link);
    uv_close((uv_handle_t *)&worker->channel, worker_on_handle_closed);
    if (worker->leaving) {
        event_log(all->log, "worker %lld of version %s has finished", (long long)worker->pid,
                  worker->version);
    } else if (!all->stopping) {
        all->restarts++;
        event_log(all->log, "worker %lld is gone (%s): another one is started",
                  (long long)worker->pid, how);
        if (lived)
            workers_fill(all); /* otherwise at the next look, which is soon enough */
    }
    all->events.gone(all->owner, worker->pid);
    questions_forgive(worker);
    workers_check_all_gone(all);
}

void worker_on_exit(uv_process_t *process, int64_t exit_status, int signal_number)
{
    WorkerProcess *worker = process->data;
    CLEANUP(free)
    char *how =
        text_formatted("exit status %lld, signal %d", (long long)exit_status, signal_number);

    bury(worker, how ? how : "");
    uv_close((uv_handle_t *)process, worker_on_handle_closed);
}

void worker_end_at_once(WorkerProcess *worker)
{
    if (worker->pid > 0)
        (void)uv_kill((int)worker->pid, SIGKILL); /* gone already is as good */
}

/* ---- the channel ---- */

void worker_know(WorkerProcess *worker, const Json *known)
{
    const char *version = json_get_text(known, "version");

    worker->pid = json_get_integer(known, "pid", worker->pid);
    worker->since_ms = json_get_integer(known, "since_ms", 0);
    (void)snprintf(worker->version, sizeof worker->version, "%s", version ? version : "unknown");
}

static void take_hello(WorkerProcess *worker, const Json *message)
{
    Workers *all = worker->all;

    worker_know(worker, message);
    worker->greeted = true;
    all->events.arrived(all->owner, worker, message);
}

static void take_message(WorkerProcess *worker, const Json *message)
{
    if (json_get_bool(message, "hello", false))
        take_hello(worker, message);
    else if (json_get_bool(message, "report", false))
        worker->all->events.reported(worker->all->owner, message);
    else
        questions_take_answer(worker, message);
}

static void read_lines(WorkerProcess *worker)
{
    char *line = NULL;

    while (!worker->dead && line_buffer_next(&worker->lines, &line) == LINE_WHOLE) {
        CLEANUP(free) char *owned = line;
        CLEANUP(json_free) Json *message = NULL;
        Error err = {0};

        if (json_parse(owned, strlen(owned), &message, &err))
            take_message(worker, message);
    }
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    WorkerProcess *worker = handle->data;

    (void)wanted;
    *out = uv_buf_init(worker->block, WORKER_BLOCK);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    WorkerProcess *worker = stream->data;

    if (got < 0 || (got > 0 && !line_buffer_add(&worker->lines, block->base, (size_t)got)))
        bury(worker, "its channel ended");
    else
        read_lines(worker);
}

void worker_listen(WorkerProcess *worker, bool ours)
{
    uv_stream_t *channel = (uv_stream_t *)&worker->channel;

    if (ours)
        (void)uv_read_start(channel, give_memory, on_read); /* it is open */
    else
        (void)uv_read_stop(channel); /* never fails */
}

/* One that cannot be told is of no use; another one takes over. */
void worker_tell(WorkerProcess *worker, const Json *message)
{
    if (!message_send((uv_stream_t *)&worker->channel, message, NULL))
        worker_end_at_once(worker);
}

void worker_give(WorkerProcess *worker, uv_tcp_t *listener)
{
    CLEANUP(json_free) Json *message = json_new_object();
    uv_stream_t *rider = NULL;

    (void)json_put_text(message, "do", "listen"); /* a failure marks the value */
    if (!inheritance_wrap(listener, worker->pid, message, &rider) ||
        !message_send((uv_stream_t *)&worker->channel, message, rider))
        worker_end_at_once(worker);
}

/* ---- a new one ---- */

WorkerProcess *worker_new(Workers *all)
{
    WorkerProcess *worker = calloc(1, sizeof *worker);

    if (!worker || uv_pipe_init(all->loop, &worker->channel, program_channel_ipc) < 0) {
        free(worker);
        return NULL;
    }
    link_init(&worker->link);
    worker->all = all;
    worker->channel.data = worker;
    worker->process.data = worker;
    worker->open_handles = 1;
    worker->lines.limit = MESSAGE_MAX;
    worker->started_ms = workers_now_ms(all);
    worker->since_ms = clock_wall_ms();
    return worker;
}

void worker_begin(WorkerProcess *worker)
{
    link_add_last(&worker->all->list, &worker->link);
    worker_listen(worker, true);
}
