#include "proxy/load/load_sender.h"

#include "base/clock.h"
#include "proxy/load/load_message.h"

#include <assert.h>

enum { US_PER_S = 1000000, US_PER_MS = 1000, MS_PER_S = 1000 };

/* A request that is due and not finished. The list is in the order of due times; those that wait
 * for a connection are its end. */
typedef struct LoadJob LoadJob;
struct LoadJob {
    LoadKind kind;
    int64_t due_us;
    int64_t since_us; /* from when its latency counts */
    LoadConnection *connection;
    LoadJob *previous, *next;
};

struct LoadSender {
    LoadSenderParts parts;
    LoadTarget pooled_target, fresh_target;
    uint64_t total, begun;    /* requests */
    int64_t debt[LOAD_KINDS]; /* smooth weighted round robin */
    LoadJob *first, *last, *first_waiting;
    LoadConnection **open; /* all of them: most_connections places and one */
    LoadConnection **idle; /* the one that is idle for the longest time first */
    size_t open_count, idle_count, pooled_count;
    bool is_out_of_memory;
};

static void list_append(LoadSender *sender, LoadJob *job)
{
    job->previous = sender->last;
    if (sender->last)
        sender->last->next = job;
    else
        sender->first = job;
    sender->last = job;
    if (!sender->first_waiting)
        sender->first_waiting = job;
}

static void list_remove(LoadSender *sender, LoadJob *job)
{
    if (sender->first_waiting == job)
        sender->first_waiting = job->next;
    if (job->previous)
        job->previous->next = job->next;
    else
        sender->first = job->next;
    if (job->next)
        job->next->previous = job->previous;
    else
        sender->last = job->previous;
}

static void take_from(LoadConnection **list, size_t *count, const LoadConnection *connection)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i] != connection)
            continue;
        for (*count -= 1; i < *count; i++)
            list[i] = list[i + 1];
        return;
    }
}

static void end_job(LoadSender *sender, LoadJob *job, LoadOutcome outcome)
{
    LoadResult result = {.kind = job->kind,
                         .outcome = outcome,
                         .identity = "",
                         .since_us = job->since_us,
                         .at_us = clock_monotonic_us()};

    if (outcome == LOAD_ANSWERED) {
        const LoadResponse *response = load_connection_response(job->connection);

        result.status = response->status;
        result.identity = response->identity;
    }
    load_tally_result(sender->parts.tally, &result);
    list_remove(sender, job);
    free(job);
}

static LoadConnection *new_connection(LoadSender *sender, LoadKind kind)
{
    bool is_fresh = kind == LOAD_FRESH;
    LoadConnection *connection =
        load_connection_new(is_fresh ? &sender->fresh_target : &sender->pooled_target);

    if (!connection) {
        sender->is_out_of_memory = true;
        return NULL;
    }
    sender->open[sender->open_count++] = connection;
    sender->pooled_count += !is_fresh;
    load_tally_connection(sender->parts.tally);
    return connection;
}

static void open_for(LoadSender *sender, LoadJob *job)
{
    job->connection = new_connection(sender, job->kind);
    if (job->connection)
        load_connection_open(job->connection, job, &sender->parts.messages->kinds[job->kind]);
}

static void on_finished(void *owner, void *job, LoadOutcome outcome, LoadConnection *connection,
                        bool idle)
{
    LoadSender *sender = owner;

    if (outcome == LOAD_UNSENT) {
        load_tally_replaced(sender->parts.tally);
        open_for(sender, job);
        return;
    }
    end_job(sender, job, outcome);
    if (idle)
        sender->idle[sender->idle_count++] = connection;
}

static void on_fresh_closed(void *owner, LoadConnection *connection, bool was_idle)
{
    LoadSender *sender = owner;

    (void)was_idle; /* a fresh one never is */
    take_from(sender->open, &sender->open_count, connection);
}

static void on_pooled_closed(void *owner, LoadConnection *connection, bool was_idle)
{
    LoadSender *sender = owner;

    take_from(sender->open, &sender->open_count, connection);
    take_from(sender->idle, &sender->idle_count, connection);
    sender->pooled_count--;
    if (was_idle)
        load_tally_replaced(sender->parts.tally);
}

bool load_sender_new(const LoadSenderParts *parts, LoadSender **out, Error *err)
{
    CLEANUP(load_sender_free) LoadSender *sender = calloc(1, sizeof(*sender));
    size_t places = parts->plan->most_connections + 1;

    if (!sender)
        return error_memory(err);
    sender->parts = *parts;
    sender->open = calloc(places, sizeof(LoadConnection *));
    sender->idle = calloc(places, sizeof(LoadConnection *));
    if (!sender->open || !sender->idle)
        return error_memory(err);
    sender->total = (uint64_t)parts->plan->duration_ms * parts->plan->rate_per_s / MS_PER_S;
    sender->pooled_target = *parts->target;
    sender->pooled_target.owner = sender;
    sender->pooled_target.finished = on_finished;
    sender->pooled_target.closed = on_pooled_closed;
    sender->fresh_target = sender->pooled_target;
    sender->fresh_target.closed = on_fresh_closed;
    *out = TAKE(sender);
    return true;
}

void load_sender_free(LoadSender *sender)
{
    if (!sender)
        return;
    assert(sender->open_count == 0);
    while (sender->first) {
        LoadJob *job = sender->first;

        list_remove(sender, job);
        free(job);
    }
    free(sender->idle);
    free(sender->open);
    free(sender);
}

static int64_t due_us(const LoadSender *sender, uint64_t number)
{
    return sender->parts.start_us + (int64_t)(number * US_PER_S / sender->parts.plan->rate_per_s);
}

/* Spreads the kinds evenly: the one that is owed most is next. */
static LoadKind next_kind(LoadSender *sender)
{
    const uint32_t *weights = sender->parts.plan->weights;
    size_t chosen = 0;
    int64_t sum = 0;

    for (size_t i = 0; i < LOAD_KINDS; i++) {
        sum += weights[i];
        sender->debt[i] += weights[i];
        if (sender->debt[i] > sender->debt[chosen])
            chosen = i;
    }
    sender->debt[chosen] -= sum;
    return (LoadKind)chosen;
}

static bool begin_job(LoadSender *sender, int64_t now_us)
{
    LoadJob *job = calloc(1, sizeof(*job));
    int64_t lateness_us;

    if (!job)
        return false;
    job->kind = next_kind(sender);
    job->due_us = due_us(sender, sender->begun++);
    lateness_us = now_us - job->due_us;
    job->since_us = lateness_us <= LOAD_OWN_LATENESS_US ? now_us : job->due_us;
    load_tally_due(sender->parts.tally, job->kind, lateness_us);
    list_append(sender, job);
    return true;
}

static bool pool_is_full(const LoadSender *sender)
{
    return sender->pooled_count >= sender->parts.plan->keepalive_connections;
}

static LoadConnection *take_idle(LoadSender *sender)
{
    LoadConnection *connection = sender->idle[0];

    take_from(sender->idle, &sender->idle_count, connection);
    return connection;
}

/* False if the job has to wait for a connection. */
static bool start_job(LoadSender *sender, LoadJob *job)
{
    bool has_room = sender->open_count < sender->parts.plan->most_connections;
    bool wants_new = job->kind == LOAD_FRESH || !pool_is_full(sender);

    if (!has_room && sender->idle_count == 0)
        return false;
    sender->first_waiting = job->next;
    if (sender->idle_count > 0 && job->kind != LOAD_FRESH && (!wants_new || !has_room)) {
        job->connection = take_idle(sender);
        load_connection_send(job->connection, job, &sender->parts.messages->kinds[job->kind]);
        return true;
    }
    if (!has_room)
        load_connection_close(sender->idle[0]);
    open_for(sender, job);
    return true;
}

static void expire_jobs(LoadSender *sender, int64_t now_us)
{
    int64_t timeout_us = sender->parts.plan->timeout_ms * US_PER_MS;

    while (sender->first && sender->first->due_us + timeout_us <= now_us) {
        LoadConnection *connection = sender->first->connection;

        end_job(sender, sender->first, LOAD_TIMEOUT);
        if (connection)
            load_connection_close(connection);
    }
}

bool load_sender_work(LoadSender *sender, int64_t now_us)
{
    expire_jobs(sender, now_us);
    while (sender->begun < sender->total && due_us(sender, sender->begun) <= now_us)
        if (!begin_job(sender, now_us))
            return false;
    while (sender->first_waiting && !sender->is_out_of_memory)
        if (!start_job(sender, sender->first_waiting))
            break;
    return !sender->is_out_of_memory;
}

int64_t load_sender_next_us(const LoadSender *sender)
{
    int64_t next_us = INT64_MAX;

    if (sender->begun < sender->total)
        next_us = due_us(sender, sender->begun);
    if (sender->first) {
        int64_t expires_us = sender->first->due_us + sender->parts.plan->timeout_ms * US_PER_MS;

        next_us = expires_us < next_us ? expires_us : next_us;
    }
    return next_us;
}

bool load_sender_is_done(const LoadSender *sender)
{
    return sender->begun == sender->total && !sender->first;
}

int64_t load_sender_end_us(const LoadSender *sender)
{
    return sender->total > 0 ? due_us(sender, sender->total - 1) : sender->parts.start_us;
}

void load_sender_stop(LoadSender *sender)
{
    sender->begun = sender->total;
    while (sender->open_count > 0)
        load_connection_close(sender->open[sender->open_count - 1]);
}
