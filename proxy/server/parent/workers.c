/* See workers.h. */
#include "proxy/server/parent/workers.h"

#include "proxy/server/parent/worker_questions.h"
#include "proxy/server/program.h"

#include <stdio.h>

enum {
    STOP_MS = 12000, /* above the worker's own grace */
    PAUSE_MS = 200,
    QUESTIONS_OF_ONE = 1000000 /* an answer to a parent that has died is none to the next one */
};

int64_t workers_now_ms(const Workers *all)
{
    return (int64_t)uv_now(all->loop);
}

void workers_tell(Workers *all, const Json *message)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->greeted)
            worker_tell(worker, message);
    }
}

void workers_give(Workers *all, uv_tcp_t *listener)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->greeted)
            worker_give(worker, listener);
    }
}

/* ---- starting ---- */

static bool start_one(Workers *all)
{
    WorkerProcess *worker = worker_new(all);
    char number[24];
    const char *const arguments[] = {"--worker",  "--folder", all->folder,
                                     "--workers", number,     all->in_reserve ? "--reserve" : NULL,
                                     NULL};
    ProgramStart wanted = {.arguments = arguments, .on_exit = worker_on_exit};
    Error err = {0};

    if (!worker)
        return false;
    (void)snprintf(number, sizeof number, "%zu", all->wanted);
    worker->is_child = true;
    worker->open_handles = 2;
    wanted.channel = &worker->channel;
    if (!program_start(all->loop, &wanted, &worker->process, &err)) {
        event_log(all->log, "no worker could be started: %s", err.message);
        uv_close((uv_handle_t *)&worker->channel, worker_on_handle_closed);
        uv_close((uv_handle_t *)&worker->process, worker_on_handle_closed);
        return false;
    }
    worker->pid = worker->process.pid;
    worker_begin(worker);
    event_log(all->log, "worker %lld started", (long long)worker->pid);
    return true;
}

static size_t count_living(const Workers *all)
{
    size_t count = 0;

    LINK_EACH(at, &all->list)
    count += LINK_OWNER(at, WorkerProcess, link)->leaving ? 0 : 1;
    return count;
}

void workers_fill(Workers *all)
{
    while (!all->stopping && !all->handed_over && count_living(all) < all->wanted) {
        if (!start_one(all))
            return; /* tried again at the next look */
    }
}

bool workers_adopt(Workers *all, Error *err)
{
    WorkerProcess *worker = worker_new(all);

    if (!worker)
        return error_memory(err);
    if (uv_pipe_open(&worker->channel, PROGRAM_CHANNEL) < 0) {
        uv_close((uv_handle_t *)&worker->channel, worker_on_handle_closed);
        return error_set(err, ERR_PROCESS, "the worker to be adopted left no channel");
    }
    worker->pid = uv_os_getppid();
    worker_begin(worker);
    return true;
}

bool workers_are_complete(const Workers *all)
{
    return count_living(all) >= all->wanted && workers_have_greeted(all);
}

bool workers_have_greeted(const Workers *all)
{
    LINK_EACH(at, &all->list)
    {
        if (!LINK_OWNER(at, WorkerProcess, link)->greeted)
            return false;
    }
    return true;
}

/* ---- time ---- */

static void end_mute(Workers *all)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->greeted)
            continue;
        worker->mute_ms += PAUSE_MS;
        if (worker->mute_ms > WORKER_ANSWER_MS)
            worker_end_at_once(worker);
    }
}

static void end_those_overdue(Workers *all)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->kill_at_ms > 0 && workers_now_ms(all) >= worker->kill_at_ms)
            worker_end_at_once(worker);
    }
}

/* A parent that was kept from running (a slow disk, SIGSTOP) counts one pause for it, however long
 * it was, and then reads what came meanwhile: it has not heard what it did not listen to. */
static void on_look(uv_timer_t *timer)
{
    Workers *all = timer->data;

    questions_wait(all, PAUSE_MS);
    end_mute(all);
    end_those_overdue(all);
    workers_fill(all);
}

void workers_init(Workers *all, uv_loop_t *loop)
{
    all->loop = loop;
    all->next_id = (int64_t)uv_os_getpid() * QUESTIONS_OF_ONE;
    link_init(&all->list);
    link_init(&all->questions);
    all->patience.data = all;
    (void)uv_timer_init(loop, &all->patience); /* never fails, as the next */
    (void)uv_timer_start(&all->patience, on_look, PAUSE_MS, PAUSE_MS);
}

static void on_stopped_too_late(uv_timer_t *timer)
{
    Workers *all = timer->data;

    LINK_EACH(at, &all->list)
    worker_end_at_once(LINK_OWNER(at, WorkerProcess, link));
}

void workers_stop(Workers *all, int64_t idle_ms)
{
    CLEANUP(json_free) Json *message = json_new_object();

    all->stopping = true;
    (void)json_put_text(message, "do", "stop"); /* a failure marks the value */
    (void)json_put_integer(message, "idle_ms", idle_ms);
    LINK_EACH(at, &all->list)
    worker_tell(LINK_OWNER(at, WorkerProcess, link), message);
    (void)uv_timer_start(&all->patience, on_stopped_too_late, STOP_MS, WORKER_LIVED_MS);
    workers_check_all_gone(all);
}

void workers_check_all_gone(Workers *all)
{
    if (!all->stopping || !link_alone(&all->list))
        return;
    uv_close((uv_handle_t *)&all->patience, NULL);
    all->events.all_gone(all->owner);
}

Json *workers_to_json(const Workers *all)
{
    Json *list = json_new_array();

    LINK_EACH(at, &all->list)
    {
        const WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);
        Json *one = json_new_object();

        (void)json_put_integer(one, "pid", worker->pid);
        (void)json_put_integer(one, "since_ms", worker->since_ms);
        (void)json_put_text(one, "version", worker->version);
        (void)json_put_bool(one, "leaving", worker->leaving);
        (void)json_push(list, one);
    }
    return list;
}
