/* See workers.h. */
#include "proxy/server/workers.h"

#include "base/clock.h"
#include "proxy/server/messages.h"
#include "proxy/server/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MS = 5000, /* a worker that is silent for so long is not serving either */
    STOP_MS = 12000,  /* above the worker's own grace */
    LIVED_MS = 1000,  /* one that dies sooner is started again with a pause */
    PAUSE_MS = 200,
    IDLE_MS = 3000, /* in which a client that has just connected or is idle asks, and is answered */
    RETIRE_SLACK_MS = 2000, /* for one that is told to finish to notice that its time is over */
    MESSAGE_MAX = 8 * 1024 * 1024,
    BLOCK = 64 * 1024
};

struct WorkerProcess {
    Link link;
    Workers *all;
    uv_pipe_t channel;
    uv_process_t process; /* only of those we started */
    int open_handles;     /* of the two: freed when both are closed */
    bool is_child;
    bool dead;
    bool greeted;
    bool leaving;       /* a parent's before us: it finishes what it has */
    int64_t kill_at_ms; /* of the loop; 0: never */
    char version[32];
    int64_t pid;
    int64_t since_ms;
    int64_t started_ms; /* of the loop */
    LineBuffer lines;
    char block[BLOCK];
};

typedef struct Question {
    Link link;
    int64_t id;
    int64_t deadline_ms;
    const WorkerProcess *waiting[WORKERS_MAX]; /* who owes an answer */
    size_t count;
    Json *answers;
    WorkersAnswered *done;
    void *context;
} Question;

static int64_t now_ms(const Workers *all)
{
    return (int64_t)uv_now(all->loop);
}

/* ---- questions ---- */

static void conclude(Question *question)
{
    link_remove(&question->link);
    question->done(question->context, question->answers);
    json_free(question->answers);
    free(question);
}

static void no_longer_owed(Question *question, const WorkerProcess *worker)
{
    for (size_t i = 0; i < question->count; i++) {
        if (question->waiting[i] == worker) {
            question->waiting[i] = question->waiting[--question->count];
            break;
        }
    }
    if (question->count == 0)
        conclude(question);
}

static void take_answer(WorkerProcess *worker, const Json *message)
{
    int64_t id = json_get_integer(message, "id", 0);

    LINK_EACH(at, &worker->all->questions)
    {
        Question *question = LINK_OWNER(at, Question, link);

        if (question->id != id)
            continue;
        (void)json_push(question->answers, json_copy_of(message));
        no_longer_owed(question, worker);
        return;
    }
}

bool workers_ask(Workers *all, Json *question, WorkersAnswered *done, void *context)
{
    Question *asked = calloc(1, sizeof *asked);

    if (!asked)
        return false;
    *asked = (Question){.id = ++all->next_id,
                        .deadline_ms = now_ms(all) + ANSWER_MS,
                        .answers = json_new_array(),
                        .done = done,
                        .context = context};
    link_init(&asked->link);
    link_add_last(&all->questions, &asked->link);
    (void)json_put_integer(question, "id", asked->id);
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (!worker->greeted || asked->count == WORKERS_MAX)
            continue; /* it will be told everything when it arrives */
        asked->waiting[asked->count++] = worker;
        worker_tell(worker, question, NULL);
    }
    if (asked->count == 0)
        conclude(asked);
    return true;
}

/* ---- life and death ---- */

static void free_if_closed(WorkerProcess *worker)
{
    if (--worker->open_handles > 0)
        return;
    line_buffer_free(&worker->lines);
    free(worker);
}

static void on_handle_closed(uv_handle_t *handle)
{
    free_if_closed(handle->data);
}

static void check_all_gone(Workers *all)
{
    if (!all->stopping || !link_alone(&all->list))
        return;
    uv_close((uv_handle_t *)&all->patience, NULL);
    all->events.all_gone(all->owner);
}

static void forgive_debts(const WorkerProcess *worker)
{
    LINK_EACH(at, &worker->all->questions)
    no_longer_owed(LINK_OWNER(at, Question, link), worker);
}

static void bury(WorkerProcess *worker, const char *how)
{
    Workers *all = worker->all;
    bool lived = now_ms(all) - worker->started_ms >= LIVED_MS;

    if (worker->dead)
        return;
    worker->dead = true;
    link_remove(&worker->link);
    uv_close((uv_handle_t *)&worker->channel, on_handle_closed);
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
    forgive_debts(worker);
    check_all_gone(all);
}

static void on_exit_of_worker(uv_process_t *process, int64_t exit_status, int signal_number)
{
    WorkerProcess *worker = process->data;
    CLEANUP(free)
    char *how =
        text_formatted("exit status %lld, signal %d", (long long)exit_status, signal_number);

    bury(worker, how ? how : "");
    uv_close((uv_handle_t *)process, on_handle_closed);
}

static void end_at_once(WorkerProcess *worker)
{
    if (worker->pid > 0)
        (void)uv_kill((int)worker->pid, SIGKILL); /* gone already is as good */
}

/* ---- the channel ---- */

static void know(WorkerProcess *worker, const Json *known)
{
    const char *version = json_get_text(known, "version");

    worker->pid = json_get_integer(known, "pid", worker->pid);
    worker->since_ms = json_get_integer(known, "since_ms", 0);
    (void)snprintf(worker->version, sizeof worker->version, "%s", version ? version : "unknown");
}

static void take_hello(WorkerProcess *worker, const Json *message)
{
    Workers *all = worker->all;

    know(worker, message);
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
        take_answer(worker, message);
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
    *out = uv_buf_init(worker->block, BLOCK);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    WorkerProcess *worker = stream->data;

    if (got < 0 || (got > 0 && !line_buffer_add(&worker->lines, block->base, (size_t)got)))
        bury(worker, "its channel ended");
    else
        read_lines(worker);
}

void worker_tell(WorkerProcess *worker, const Json *message, uv_stream_t *handle)
{
    if (!message_send((uv_stream_t *)&worker->channel, message, handle))
        end_at_once(worker); /* one that cannot be told is of no use; another one takes over */
}

void workers_tell(Workers *all, const Json *message, uv_stream_t *handle)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->greeted)
            worker_tell(worker, message, handle);
    }
}

/* ---- starting ---- */

static WorkerProcess *new_worker(Workers *all)
{
    WorkerProcess *worker = calloc(1, sizeof *worker);

    if (!worker || uv_pipe_init(all->loop, &worker->channel, 1) < 0) {
        free(worker);
        return NULL;
    }
    link_init(&worker->link);
    worker->all = all;
    worker->channel.data = worker;
    worker->process.data = worker;
    worker->open_handles = 1;
    worker->lines.limit = MESSAGE_MAX;
    worker->started_ms = now_ms(all);
    worker->since_ms = clock_wall_ms();
    return worker;
}

static void begin(WorkerProcess *worker)
{
    link_add_last(&worker->all->list, &worker->link);
    (void)uv_read_start((uv_stream_t *)&worker->channel, give_memory, on_read); /* it is open */
}

static bool start_one(Workers *all)
{
    WorkerProcess *worker = new_worker(all);
    char number[24];
    const char *const arguments[] = {"--worker",  "--folder", all->folder,
                                     "--workers", number,     all->in_reserve ? "--reserve" : NULL,
                                     NULL};
    ProgramStart wanted = {.arguments = arguments, .on_exit = on_exit_of_worker};
    Error err = {0};

    if (!worker)
        return false;
    (void)snprintf(number, sizeof number, "%zu", all->wanted);
    worker->is_child = true;
    worker->open_handles = 2;
    wanted.channel = &worker->channel;
    if (!program_start(all->loop, &wanted, &worker->process, &err)) {
        event_log(all->log, "no worker could be started: %s", err.message);
        uv_close((uv_handle_t *)&worker->channel, on_handle_closed);
        uv_close((uv_handle_t *)&worker->process, on_handle_closed);
        return false;
    }
    worker->pid = worker->process.pid;
    begin(worker);
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
    while (!all->stopping && count_living(all) < all->wanted) {
        if (!start_one(all))
            return; /* tried again at the next look */
    }
}

bool workers_adopt(Workers *all, Error *err)
{
    WorkerProcess *worker = new_worker(all);

    if (!worker)
        return error_memory(err);
    if (uv_pipe_open(&worker->channel, PROGRAM_CHANNEL) < 0) {
        uv_close((uv_handle_t *)&worker->channel, on_handle_closed);
        return error_set(err, ERR_PROCESS, "the worker to be adopted left no channel");
    }
    worker->pid = uv_os_getppid();
    begin(worker);
    return true;
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

        if (!worker->greeted && now_ms(all) - worker->started_ms > ANSWER_MS)
            end_at_once(worker);
    }
}

static void end_late(Workers *all, Question *question)
{
    for (size_t i = 0; i < question->count; i++) {
        LINK_EACH(at, &all->list)
        {
            WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

            if (worker != question->waiting[i])
                continue;
            event_log(all->log, "worker %lld did not answer within %d ms and is killed",
                      (long long)worker->pid, ANSWER_MS);
            end_at_once(worker);
        }
    }
    question->deadline_ms += ANSWER_MS; /* its death concludes the question */
}

static void end_those_overdue(Workers *all)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->kill_at_ms > 0 && now_ms(all) >= worker->kill_at_ms)
            end_at_once(worker);
    }
}

static void on_look(uv_timer_t *timer)
{
    Workers *all = timer->data;

    LINK_EACH(at, &all->questions)
    {
        Question *question = LINK_OWNER(at, Question, link);

        if (now_ms(all) >= question->deadline_ms)
            end_late(all, question);
    }
    end_mute(all);
    end_those_overdue(all);
    if (!all->stopping && count_living(all) < all->wanted)
        workers_fill(all);
}

void workers_init(Workers *all, uv_loop_t *loop)
{
    all->loop = loop;
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
    end_at_once(LINK_OWNER(at, WorkerProcess, link));
}

void workers_stop(Workers *all)
{
    CLEANUP(json_free) Json *message = json_new_object();

    all->stopping = true;
    (void)json_put_text(message, "do", "stop"); /* a failure marks the value */
    LINK_EACH(at, &all->list)
    worker_tell(LINK_OWNER(at, WorkerProcess, link), message, NULL);
    (void)uv_timer_start(&all->patience, on_stopped_too_late, STOP_MS, LIVED_MS);
    check_all_gone(all);
}

/* ---- an upgrade ---- */

size_t workers_channels(const Workers *all, int *out, size_t room)
{
    size_t count = 0;

    LINK_EACH(at, &all->list)
    {
        const WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);
        uv_os_fd_t descriptor;

        if (count < room && uv_fileno((const uv_handle_t *)&worker->channel, &descriptor) == 0)
            out[count++] = (int)(intptr_t)descriptor;
    }
    return count;
}

bool workers_are_quiet(const Workers *all)
{
    if (!link_alone(&all->questions) || !workers_have_greeted(all))
        return false;
    LINK_EACH(at, &all->list)
    {
        const WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (worker->lines.bytes.length > 0 ||
            uv_stream_get_write_queue_size((const uv_stream_t *)&worker->channel) > 0)
            return false;
    }
    return true;
}

void workers_listen(Workers *all, bool ours)
{
    LINK_EACH(at, &all->list)
    {
        uv_stream_t *channel = (uv_stream_t *)&LINK_OWNER(at, WorkerProcess, link)->channel;

        if (ours)
            (void)uv_read_start(channel, give_memory, on_read); /* it is open */
        else
            (void)uv_read_stop(channel); /* never fails */
    }
}

bool workers_take_over(Workers *all, int channel, const Json *known, Error *err)
{
    WorkerProcess *worker = new_worker(all);

    if (!worker)
        return error_memory(err);
    if (uv_pipe_open(&worker->channel, channel) < 0) {
        uv_close((uv_handle_t *)&worker->channel, on_handle_closed);
        return error_set(err, ERR_PROCESS, "the channel of a worker cannot be taken over");
    }
    know(worker, known);
    worker->leaving = true;
    worker->greeted = true;
    begin(worker);
    return true;
}

void workers_retire(Workers *all, int64_t grace_ms)
{
    CLEANUP(json_free) Json *message = json_new_object();

    (void)json_put_text(message, "do", "stop"); /* a failure marks the value */
    (void)json_put_integer(message, "grace_ms", grace_ms);
    (void)json_put_integer(message, "idle_ms", grace_ms < IDLE_MS ? grace_ms : IDLE_MS);
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (!worker->leaving)
            continue;
        worker->kill_at_ms = now_ms(all) + grace_ms + RETIRE_SLACK_MS;
        worker_tell(worker, message, NULL);
    }
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
