/* workers_upgrade: the workers change hands: what workers.h has for an upgrade. */
#include "proxy/server/parent/worker_process.h"

enum {
    IDLE_MS = 3000, /* in which a client that has just connected or is idle asks, and is answered */
    RETIRE_SLACK_MS = 2000 /* for one that is told to finish to notice that its time is over */
};

void workers_bequeath(Workers *all, Inheritance *out)
{
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        worker->bequeathed = inheritance_add_channel(out, &worker->channel);
    }
}

bool workers_are_bequeathed(const Workers *all)
{
    LINK_EACH(at, &all->list)
    {
        if (!LINK_OWNER(at, WorkerProcess, link)->bequeathed)
            return false;
    }
    return true;
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

void workers_hand_over(Workers *all)
{
    all->handed_over = true;
    LINK_EACH(at, &all->list)
    worker_listen(LINK_OWNER(at, WorkerProcess, link), false);
}

/* An empty line ends what may have been half said, and is nothing by itself. */
void workers_take_back(Workers *all)
{
    all->handed_over = false;
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        (void)message_send_bytes((uv_stream_t *)&worker->channel, "\n", 1); /* see worker_tell() */
        worker_listen(worker, true);
    }
}

bool workers_take_over(Workers *all, uv_os_fd_t channel, const Json *known, Error *err)
{
    WorkerProcess *worker = worker_new(all);

    if (!worker)
        return error_memory(err);
    if (inheritance_open_channel(&worker->channel, channel) < 0) {
        uv_close((uv_handle_t *)&worker->channel, worker_on_handle_closed);
        return error_set(err, ERR_PROCESS, "the channel of a worker cannot be taken over");
    }
    worker_know(worker, known);
    worker->leaving = true;
    worker->greeted = true;
    worker_begin(worker);
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
        worker->kill_at_ms = workers_now_ms(all) + grace_ms + RETIRE_SLACK_MS;
        worker_tell(worker, message);
    }
}
