/* load: runs a plan on a loop of its own.
 *
 * A timer wakes the loop when a request is due, but requests are sent after the loop has read what
 * arrived (uv_check): so a connection that the server has closed meanwhile is known to be closed,
 * and no request is thrown at it. */
#include "proxy/load/load.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/net/address.h"
#include "proxy/load/load_sender.h"
#include "proxy/load/load_stream.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    US_PER_MS = 1000,
    CONTROL_MS = 20, /* how often somebody is asked whether to stop */
    TRIAL_TIMEOUT_MS = 1000,
    READ_BUFFER_SIZE = 65536,
    MOST_RATE = 1000000,
    MOST_DURATION_MS = 86400000,
    MOST_POST_BYTES = 1 << 30,
    MOST_CONNECTIONS = 65000
};

typedef struct LoadRun {
    uv_loop_t loop;
    uv_timer_t wake;    /* when the sender has something to do */
    uv_timer_t control; /* hooks */
    uv_check_t after_reading;
    uv_idle_t no_wait; /* runs when woken, so that the loop reads without waiting */
    const LoadPlan *plan;
    const LoadHooks *hooks;
    struct sockaddr_storage address;
    LoadTarget target;
    LoadTally *tally;
    LoadSender *sender;
    LoadStream stream;
    LoadMessages messages;
    LoadReport *report; /* filled in once, at the end */
    int64_t next_tick_us;
    bool is_ending;
    bool is_out_of_memory;
} LoadRun;

/* name lookup */

static bool is_reachable(const struct addrinfo *found, uint16_t port)
{
    Address address = {.port = port, .is_ipv6 = found->ai_family == AF_INET6};
    Error ignored = {0}; /* the load itself will report what is wrong */

    return uv_ip_name(found->ai_addr, address.host, sizeof(address.host)) == 0 &&
           address_can_connect(&address, TRIAL_TIMEOUT_MS, &ignored);
}

/* The first address of a name that answers, or else its first. With one there is nothing to try. */
static const struct addrinfo *choose(const struct addrinfo *found, uint16_t port)
{
    if (!found->ai_next)
        return found;
    for (const struct addrinfo *one = found; one; one = one->ai_next)
        if (is_reachable(one, port))
            return one;
    return found;
}

static bool look_up(LoadRun *run, Error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t request;
    const struct addrinfo *chosen;
    char port[8];
    int status;

    (void)snprintf(port, sizeof(port), "%u", (unsigned int)run->plan->port);
    status = uv_getaddrinfo(&run->loop, &request, NULL, run->plan->host, port, &hints);
    if (status < 0) {
        error_set(err, ERR_NETWORK, "no address for host '%s': %s", run->plan->host,
                  uv_strerror(status));
        return error_hint(err, "check the name, or give the address as a number");
    }
    chosen = choose(request.addrinfo, run->plan->port);
    memcpy(&run->address, chosen->ai_addr, chosen->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return true;
}

/* the end */

static void close_handles(LoadRun *run)
{
    uv_close((uv_handle_t *)&run->wake, NULL);
    uv_close((uv_handle_t *)&run->control, NULL);
    uv_close((uv_handle_t *)&run->after_reading, NULL);
    uv_close((uv_handle_t *)&run->no_wait, NULL);
}

/* The missing answers of a run that was ended early are a gap up to that moment, no longer. */
static void report_now(const LoadRun *run, LoadReport *out)
{
    int64_t now_us = clock_monotonic_us();
    int64_t end_us = load_sender_end_us(run->sender);

    load_tally_report(run->tally, now_us, now_us < end_us ? now_us : end_us, out);
    out->streams_open = run->stream.connection ? 1 : 0;
}

static void end_run(LoadRun *run)
{
    if (run->is_ending)
        return;
    run->is_ending = true;
    report_now(run, run->report);
    load_sender_stop(run->sender);
    load_stream_stop(&run->stream);
    close_handles(run);
}

/* the middle */

static void on_wake(uv_timer_t *timer);

static void schedule(LoadRun *run, int64_t now_us)
{
    int64_t next_us = load_sender_next_us(run->sender);

    if (next_us == INT64_MAX)
        return;
    uv_update_time(&run->loop);
    (void)uv_timer_start(
        &run->wake, on_wake,
        next_us > now_us ? (uint64_t)((next_us - now_us + US_PER_MS - 1) / US_PER_MS) : 0,
        0); /* fails only while closing */
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* that it is active is all it is for */
}

static void on_wake(uv_timer_t *timer)
{
    LoadRun *run = timer->data;

    (void)uv_idle_start(&run->no_wait, on_idle); /* fails only without a callback */
}

static void after_reading(uv_check_t *check)
{
    LoadRun *run = check->data;
    int64_t now_us = clock_monotonic_us();

    (void)uv_idle_stop(&run->no_wait); /* cannot fail */
    if (!load_sender_work(run->sender, now_us) || !load_stream_work(&run->stream, now_us)) {
        run->is_out_of_memory = true;
        end_run(run);
    } else if (load_sender_is_done(run->sender)) {
        end_run(run);
    } else {
        schedule(run, now_us);
    }
}

static bool wants_stop(const LoadRun *run)
{
    const LoadHooks *hooks = run->hooks;

    return interrupt_requested() ||
           (hooks && hooks->should_stop && hooks->should_stop(hooks->context));
}

static void tick(LoadRun *run)
{
    int64_t now_us = clock_monotonic_us();
    LoadReport so_far;

    if (!run->hooks || !run->hooks->tick || now_us < run->next_tick_us)
        return;
    run->next_tick_us = now_us + (int64_t)LOAD_TICK_MS * US_PER_MS;
    report_now(run, &so_far);
    run->hooks->tick(run->hooks->context, &so_far);
}

static void on_control(uv_timer_t *timer)
{
    LoadRun *run = timer->data;

    tick(run);
    if (wants_stop(run))
        end_run(run);
}

/* the beginning */

static bool check_plan(const LoadPlan *plan, Error *err)
{
    uint64_t weights = 0;

    for (size_t i = 0; i < LOAD_KINDS; i++)
        weights += plan->weights[i];
    if (plan->rate_per_s == 0 || plan->rate_per_s > MOST_RATE)
        return error_set(err, ERR_USAGE, "the rate is 1 to %d requests a second, not %u", MOST_RATE,
                         plan->rate_per_s);
    if (plan->duration_ms <= 0 || plan->timeout_ms <= 0 || plan->duration_ms > MOST_DURATION_MS ||
        plan->timeout_ms > MOST_DURATION_MS)
        return error_set(err, ERR_USAGE, "duration and timeout are above 0 and at most a day");
    if (weights == 0)
        return error_set(err, ERR_USAGE, "the mix sends nothing");
    if (plan->post_bytes > MOST_POST_BYTES)
        return error_set(err, ERR_USAGE, "a POST carries at most %d bytes, not %zu",
                         MOST_POST_BYTES, plan->post_bytes);
    if (plan->most_connections == 0 || plan->most_connections > MOST_CONNECTIONS)
        return error_set(err, ERR_USAGE, "1 to %d connections are possible, not %zu",
                         MOST_CONNECTIONS, plan->most_connections);
    return true;
}

static void start_handles(LoadRun *run)
{
    uv_loop_t *loop = &run->loop;

    /* None of these calls can fail: they only put a handle into the loop's lists. */
    (void)uv_timer_init(loop, &run->wake);
    (void)uv_timer_init(loop, &run->control);
    (void)uv_check_init(loop, &run->after_reading);
    (void)uv_idle_init(loop, &run->no_wait);
    run->wake.data = run;
    run->control.data = run;
    run->after_reading.data = run;
    (void)uv_check_start(&run->after_reading, after_reading);
    (void)uv_timer_start(&run->control, on_control, CONTROL_MS, CONTROL_MS);
    (void)uv_timer_start(&run->wake, on_wake, 0, 0);
}

/* What the run owns besides the loop. */
static bool prepare(LoadRun *run, Error *err)
{
    int64_t start_us = clock_monotonic_us();
    LoadSenderParts parts = {.plan = run->plan, .target = &run->target, .start_us = start_us};

    run->target = (LoadTarget){
        .loop = &run->loop,
        .address = &run->address,
        .identity_header = run->plan->identity_header,
        .buffer = malloc(READ_BUFFER_SIZE),
        .buffer_size = READ_BUFFER_SIZE,
    };
    run->tally = load_tally_new(start_us);
    if (!run->tally || !run->target.buffer)
        return error_memory(err);
    if (!load_messages_make(run->plan, &run->messages, err))
        return false;
    parts.messages = &run->messages;
    parts.tally = run->tally;
    if (!load_sender_new(&parts, &run->sender, err))
        return false;
    load_stream_init(&run->stream, &run->target, &run->messages.stream, run->tally);
    run->next_tick_us = start_us + (int64_t)LOAD_TICK_MS * US_PER_MS;
    return true;
}

static bool run_on_loop(LoadRun *run, Error *err)
{
    if (!look_up(run, err) || !prepare(run, err))
        return false;
    start_handles(run);
    (void)uv_run(&run->loop, UV_RUN_DEFAULT); /* returns once end_run() has closed all handles */
    return run->is_out_of_memory ? error_memory(err) : true;
}

static void free_parts(LoadRun *run)
{
    load_sender_free(run->sender);
    load_messages_free(&run->messages);
    load_tally_free(run->tally);
    free(run->target.buffer);
}

bool load_run(const LoadPlan *plan, const LoadHooks *hooks, LoadReport *report, Error *err)
{
    LoadReport made = {0};
    LoadRun run = {.plan = plan, .hooks = hooks, .report = &made};
    int status;
    bool ok;

    if (!check_plan(plan, err))
        return false;
    status = uv_loop_init(&run.loop);
    if (status < 0)
        return error_set(err, ERR_SYSTEM, "no event loop: %s", uv_strerror(status));
    ok = run_on_loop(&run, err);
    status = uv_loop_close(&run.loop);
    assert(status == 0);
    (void)status;
    free_parts(&run);
    if (ok)
        *report = made;
    return ok;
}
