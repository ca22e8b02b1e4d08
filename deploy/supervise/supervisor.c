/* See supervisor.h. One libuv loop; every change of the instance goes to the state file at once.
 *
 * The instance writes into its log file itself: no pipe runs through the supervisor, so that a
 * supervisor that is killed can neither block it nor end it. A full disk stops the log, not the
 * service. */
#include "deploy/supervise/supervisor.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rolling.h"
#include "deploy/supervise/orphans.h"
#include "deploy/supervise/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

enum { WATCH_EVERY_MS = 200, STOP_LOOK_MS = 10, KILL_TIMEOUT_MS = 5000, STOP_FILE_LIMIT = 4096 };

typedef struct Supervisor {
    const Plan *plan;
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_signal_t hangup;
    uv_signal_t child;
    uv_timer_t restart_timer;
    uv_timer_t upkeep_timer; /* rolls the log, repeats a state that could not be written */
    uv_timer_t stop_timer;
    uv_timer_t watch_timer; /* of an adopted instance */
    bool owns_process;      /* the instance is a child of ours and runs */
    bool stopping;
    bool killing;
    bool unwritten; /* the state file is older than the state */
    bool log_in_trouble;
    int64_t stop_deadline_ms;
    Status status;
    Ladder ladder;
} Supervisor;

static void launch(Supervisor *supervisor);
static void on_stop_look(uv_timer_t *timer);

static void say(const Supervisor *supervisor, const char *what, const char *detail)
{
    char now[CLOCK_ISO_SIZE];

    (void)fprintf(stderr, "%s %s %s: %s%s%s\n", clock_format_iso(clock_wall_ms(), now),
                  supervisor->plan->release, supervisor->plan->slot, what, detail[0] ? ": " : "",
                  detail); /* nobody else to tell */
}

/* ---- the state ---- */

static bool write_status(Supervisor *supervisor, Error *err)
{
    bool ok = status_write(supervisor->plan, &supervisor->status, err);

    if (!ok && !supervisor->unwritten)
        say(supervisor, "the state file cannot be written; trying again", err->message);
    supervisor->unwritten = !ok;
    return ok;
}

static bool set_state(Supervisor *supervisor, const char *state)
{
    Error err = {0};

    supervisor->status.state = state;
    supervisor->status.since_ms = clock_wall_ms();
    say(supervisor, state, supervisor->status.last_exit);
    return write_status(supervisor, &err);
}

static void finish(Supervisor *supervisor, bool graceful)
{
    supervisor->status.graceful = graceful;
    (void)set_state(supervisor, "stopped"); /* a failure is said there; our end shows the rest */
    uv_stop(&supervisor->loop);
}

/* ---- the end of an instance ---- */

/* What it left behind would hold its port and its files against the next one. */
static void end_leftovers(Supervisor *supervisor)
{
    Error err = {0};

    if (!process_kill_descendants(process_own_pid(), &err))
        say(supervisor, "ending what the instance left behind", err.message);
}

static void on_restart(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;

    supervisor->status.restarts++;
    launch(supervisor);
}

static void climb(Supervisor *supervisor)
{
    const LadderRules *rules = &supervisor->plan->restart;

    if (file_exists(supervisor->plan->trial)) { /* a release that was never good is not hidden */
        finish(supervisor, false);
        return;
    }
    if (!ladder_step(&supervisor->ladder, rules, clock_monotonic_ms())) {
        (void)set_state(supervisor, "gave_up"); /* written again by the upkeep if it failed */
        return;
    }
    (void)set_state(supervisor, "waiting"); /* as above */
    (void)uv_timer_start(&supervisor->restart_timer, on_restart,
                         rules->delay_ms > 0 ? (uint64_t)rules->delay_ms : 0, 0);
}

static void instance_ended(Supervisor *supervisor)
{
    supervisor->status.instance = (ProcessId){0};
    if (supervisor->stopping) { /* look at once for what is left */
        (void)uv_timer_start(&supervisor->stop_timer, on_stop_look, 0, STOP_LOOK_MS);
        return;
    }
    end_leftovers(supervisor);
    climb(supervisor);
}

static void on_watch(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;

    if (process_alive(&supervisor->status.instance))
        return;
    (void)uv_timer_stop(timer);
    (void)snprintf(supervisor->status.last_exit, sizeof supervisor->status.last_exit,
                   "it ended; how is not known, because its first supervisor was killed");
    instance_ended(supervisor);
}

/* Also the end of orphans comes here: they are taken, and that is all. */
static void on_child_signal(uv_signal_t *handle, int signal)
{
    Supervisor *supervisor = handle->data;
    ProcessEnd end;
    bool instance = false;

    (void)signal;
    while (process_take_ended(&end)) {
        if (!supervisor->owns_process || end.pid != supervisor->status.instance.pid)
            continue;
        instance = true;
        supervisor->owns_process = false;
        status_describe_exit(&supervisor->status, end.exit_status, end.signal);
    }
    if (instance)
        instance_ended(supervisor);
    else if (supervisor->stopping)
        on_stop_look(&supervisor->stop_timer);
}

/* ---- the start of an instance ---- */

static void launch(Supervisor *supervisor)
{
    const Plan *plan = supervisor->plan;
    Status *status = &supervisor->status;
    const Spawn spawn = {.argv = (const char *const *)plan->command,
                         .folder = plan->folder,
                         .output_path = plan->log};
    Error err = {0};

    status->log_start = 0;
    if (file_exists(plan->log))
        (void)file_size_of(plan->log, &status->log_start, &err); /* else: more lines than needed */
    if (!process_start_child(&spawn, &status->instance, &err)) {
        (void)snprintf(status->last_exit, sizeof status->last_exit, "%.*s", LAST_EXIT_SIZE - 1,
                       err.message);
        instance_ended(supervisor);
        return;
    }
    supervisor->owns_process = true;
    status->started_ms = clock_wall_ms();
    (void)set_state(supervisor, "running"); /* written again by the upkeep if it failed */
}

static void adopt(Supervisor *supervisor, const ProcessId *instance)
{
    status_continue(supervisor->plan, &supervisor->status);
    supervisor->status.instance = *instance;
    (void)set_state(supervisor, "running"); /* written again by the upkeep if it failed */
    (void)uv_timer_start(&supervisor->watch_timer, on_watch, 0, WATCH_EVERY_MS);
}

/* ---- stopping ---- */

static bool all_gone(const Supervisor *supervisor)
{
    if (supervisor->owns_process)
        return false;
    if (supervisor->status.instance.pid && process_alive(&supervisor->status.instance))
        return false;
    return process_count_descendants(process_own_pid()) == 0;
}

static void kill_everything(Supervisor *supervisor)
{
    Error err = {0};

    supervisor->killing = true;
    supervisor->stop_deadline_ms = clock_monotonic_ms() + KILL_TIMEOUT_MS;
    say(supervisor, "it did not stop in time and is killed", "");
    if (!process_kill_tree(&supervisor->status.instance, &err))
        say(supervisor, "killing it", err.message);
    end_leftovers(supervisor);
}

static void on_stop_look(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;
    bool late = clock_monotonic_ms() >= supervisor->stop_deadline_ms;

    if (all_gone(supervisor)) {
        supervisor->status.instance = (ProcessId){0};
        finish(supervisor, !supervisor->killing);
    } else if (late && !supervisor->killing) {
        kill_everything(supervisor);
    } else if (late) {
        say(supervisor, "it could not be killed; it is left to the system", "");
        finish(supervisor, false);
    }
}

/* Who stops it may want to wait shorter or longer than was said when it was started. */
static int64_t wanted_stop_timeout_ms(const Plan *plan)
{
    CLEANUP(json_free) Json *json = NULL;
    Error ignored = {0};

    if (!file_exists(plan->stop) || !json_read_file(plan->stop, STOP_FILE_LIMIT, &json, &ignored))
        return plan->stop_timeout_ms;
    return json_get_integer(json, "stop_timeout_ms", plan->stop_timeout_ms);
}

static void on_stop_signal(uv_signal_t *handle, int signal)
{
    Supervisor *supervisor = handle->data;
    Error err = {0};

    (void)signal;
    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    (void)uv_timer_stop(&supervisor->restart_timer);
    (void)uv_timer_stop(&supervisor->watch_timer);
    (void)set_state(supervisor, "stopping"); /* finish() writes again */
    supervisor->stop_deadline_ms = clock_monotonic_ms() + wanted_stop_timeout_ms(supervisor->plan);
    if (supervisor->status.instance.pid &&
        !process_ask_group_to_stop(&supervisor->status.instance, &err))
        say(supervisor, "asking it to stop", err.message);
    (void)uv_timer_start(&supervisor->stop_timer, on_stop_look, 0, STOP_LOOK_MS);
}

/* ---- the rest ---- */

static void on_hangup(uv_signal_t *handle, int signal)
{
    (void)handle;
    (void)signal; /* a terminal that goes is nothing to us */
}

static void on_upkeep(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;
    const Plan *plan = supervisor->plan;
    const Rolling rolling = {
        .path = plan->log, .most_bytes = plan->log_size, .files = plan->log_files};
    uint64_t *start = &supervisor->status.log_start;
    uint64_t freed = 0;
    Error err = {0};
    bool ok = rolling_run(&rolling, &freed, &err);

    if (!ok && !supervisor->log_in_trouble)
        say(supervisor, "the log grows on; trying again", err.message);
    supervisor->log_in_trouble = !ok;
    *start -= freed < *start ? freed : *start;
    if (freed > 0 || supervisor->unwritten)
        (void)write_status(supervisor, &err); /* tried again next time */
}

static bool start_handles(Supervisor *supervisor, Error *err)
{
    uv_loop_t *loop = &supervisor->loop;
    uint64_t upkeep_ms = (uint64_t)supervisor->plan->log_check_ms;
    int result = 0;

    supervisor->terminate.data = supervisor->interrupt.data = supervisor->hangup.data = supervisor;
    supervisor->child.data = supervisor->restart_timer.data = supervisor->stop_timer.data =
        supervisor;
    supervisor->upkeep_timer.data = supervisor->watch_timer.data = supervisor;
    (void)uv_signal_init(loop, &supervisor->terminate); /* these only fill in the handle */
    (void)uv_signal_init(loop, &supervisor->interrupt);
    (void)uv_signal_init(loop, &supervisor->hangup);
    (void)uv_signal_init(loop, &supervisor->child);
    (void)uv_timer_init(loop, &supervisor->restart_timer);
    (void)uv_timer_init(loop, &supervisor->upkeep_timer);
    (void)uv_timer_init(loop, &supervisor->stop_timer);
    (void)uv_timer_init(loop, &supervisor->watch_timer);
    if ((result = uv_signal_start(&supervisor->terminate, on_stop_signal, SIGTERM)) != 0 ||
        (result = uv_signal_start(&supervisor->interrupt, on_stop_signal, SIGINT)) != 0 ||
        (result = uv_signal_start(&supervisor->hangup, on_hangup, SIGHUP)) != 0 ||
        (result = uv_signal_start(&supervisor->child, on_child_signal, SIGCHLD)) != 0 ||
        (result = uv_timer_start(&supervisor->upkeep_timer, on_upkeep, upkeep_ms, upkeep_ms)) != 0)
        return error_set(err, ERR_PROCESS, "preparing the event loop: %s", uv_strerror(result));
    return true;
}

static bool begin(Supervisor *supervisor, const ProcessId *adopted, Error *err)
{
    supervisor->status.state = "starting";
    supervisor->status.since_ms = clock_wall_ms();
    if (!process_identify(process_own_pid(), &supervisor->status.supervisor, err) ||
        !orphans_inherit(err) || !start_handles(supervisor, err))
        return false;
    if (adopted) {
        adopt(supervisor, adopted);
        return true;
    }
    if (!write_status(supervisor, err)) /* an instance nobody knows of must not run */
        return false;
    launch(supervisor);
    return true;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

bool supervisor_run(const Plan *plan, const ProcessId *adopted, Error *err)
{
    Supervisor supervisor = {.plan = plan};
    int result = uv_loop_init(&supervisor.loop);
    bool ok;

    if (result != 0)
        return error_set(err, ERR_PROCESS, "making the event loop: %s", uv_strerror(result));
    ok = begin(&supervisor, adopted, err);
    if (ok)
        (void)uv_run(&supervisor.loop, UV_RUN_DEFAULT); /* uv_stop() ended it; handles remain */
    uv_walk(&supervisor.loop, close_handle, NULL);
    (void)uv_run(&supervisor.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&supervisor.loop); /* nothing is left in it */
    return ok;
}
