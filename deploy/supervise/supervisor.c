/* See supervisor.h. One libuv loop; every change of the instance goes to the state file at once.
 *
 * The instance writes into its log file itself: no pipe runs through the supervisor, so that a
 * supervisor that is killed can neither block it nor end it. A full disk stops the log, not the
 * service. */
#include "deploy/supervise/supervisor.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/file/rolling.h"
#include "base/json.h"
#include "deploy/supervise/family.h"
#include "deploy/supervise/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

enum { STOP_LOOK_MS = 10, KILL_TIMEOUT_MS = 5000, STOP_FILE_LIMIT = 4096 };
enum { LAST_WORD_TRIES = 20, LAST_WORD_PAUSE_MS = 50 };

typedef struct Supervisor {
    const Plan *plan;
    uv_loop_t loop;
    Family *family;
    uv_timer_t restart_timer;
    uv_timer_t upkeep_timer; /* rolls the log, repeats a state that could not be written */
    uv_timer_t stop_timer;
    bool stopping;
    bool asked; /* to stop */
    bool ask_in_trouble;
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
    Error err = {0};

    supervisor->status.graceful = graceful;
    (void)set_state(supervisor, "stopped"); /* a failure is said there */
    for (int i = 0; supervisor->unwritten && i < LAST_WORD_TRIES; i++) {
        uv_sleep(LAST_WORD_PAUSE_MS); /* somebody may be reading the file: Windows refuses then */
        (void)write_status(supervisor, &err);
    }
    uv_stop(&supervisor->loop);
}

/* ---- the end of an instance ---- */

/* What it left behind would hold its port and its files against the next one. */
static void end_leftovers(Supervisor *supervisor)
{
    Error err = {0};

    if (!family_kill(supervisor->family, &err))
        say(supervisor, "ending what the instance left behind", err.message);
}

static void on_restart(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;

    supervisor->status.restarts++;
    supervisor->status.until_ms = 0;
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
    supervisor->status.until_ms = clock_wall_ms() + rules->delay_ms;
    (void)set_state(supervisor, "waiting"); /* as above */
    (void)uv_timer_start(&supervisor->restart_timer, on_restart,
                         rules->delay_ms > 0 ? (uint64_t)rules->delay_ms : 0, 0);
}

static void instance_is_gone(Supervisor *supervisor)
{
    supervisor->status.instance = (ProcessId){0};
    if (supervisor->stopping) { /* look at once for what is left */
        (void)uv_timer_start(&supervisor->stop_timer, on_stop_look, 0, STOP_LOOK_MS);
        return;
    }
    end_leftovers(supervisor);
    climb(supervisor);
}

static void on_instance_ended(void *context, const ProcessEnd *end)
{
    Supervisor *supervisor = context;
    Status *status = &supervisor->status;

    if (end)
        status_describe_exit(status, end->exit_status, end->signal);
    else
        (void)snprintf(status->last_exit, sizeof status->last_exit,
                       "it ended; how is not known, because its first supervisor was killed");
    instance_is_gone(supervisor);
}

static void on_member_ended(void *context)
{
    Supervisor *supervisor = context;

    if (supervisor->stopping)
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
    if (!family_start(supervisor->family, &spawn, &status->instance, &err)) {
        (void)snprintf(status->last_exit, sizeof status->last_exit, "%.*s", LAST_EXIT_SIZE - 1,
                       err.message);
        instance_is_gone(supervisor);
        return;
    }
    status->started_ms = clock_wall_ms();
    (void)set_state(supervisor, "running"); /* written again by the upkeep if it failed */
}

static bool adopt(Supervisor *supervisor, const ProcessId *instance, Error *err)
{
    if (!family_adopt(supervisor->family, instance, err))
        return false;
    status_continue(supervisor->plan, &supervisor->status);
    supervisor->status.instance = *instance;
    (void)set_state(supervisor, "running"); /* written again by the upkeep if it failed */
    return true;
}

/* ---- stopping ---- */

static void kill_everything(Supervisor *supervisor)
{
    Error err = {0};

    supervisor->killing = true;
    supervisor->stop_deadline_ms = clock_monotonic_ms() + KILL_TIMEOUT_MS;
    say(supervisor, "it did not stop in time and is killed", "");
    if (!family_kill(supervisor->family, &err))
        say(supervisor, "killing it", err.message);
}

/* One that has just been started may have nothing yet to be asked by: asked again with each look.
 */
static void ask_to_stop(Supervisor *supervisor)
{
    Error err = {0};

    supervisor->asked = family_ask_to_stop(supervisor->family, &err);
    if (!supervisor->asked && !supervisor->ask_in_trouble)
        say(supervisor, "asking it to stop; trying again", err.message);
    supervisor->ask_in_trouble = !supervisor->asked;
}

static void on_stop_look(uv_timer_t *timer)
{
    Supervisor *supervisor = timer->data;
    bool late = clock_monotonic_ms() >= supervisor->stop_deadline_ms;

    if (family_is_gone(supervisor->family)) {
        supervisor->status.instance = (ProcessId){0};
        finish(supervisor, !supervisor->killing);
    } else if (late && !supervisor->killing) {
        kill_everything(supervisor);
    } else if (late) {
        say(supervisor, "it could not be killed; it is left to the system", "");
        finish(supervisor, false);
    } else if (!supervisor->asked) {
        ask_to_stop(supervisor);
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

static void on_stop_wanted(void *context)
{
    Supervisor *supervisor = context;

    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    (void)uv_timer_stop(&supervisor->restart_timer);
    (void)set_state(supervisor, "stopping"); /* finish() writes again */
    supervisor->stop_deadline_ms = clock_monotonic_ms() + wanted_stop_timeout_ms(supervisor->plan);
    ask_to_stop(supervisor);
    (void)uv_timer_start(&supervisor->stop_timer, on_stop_look, 0, STOP_LOOK_MS);
}

/* ---- the rest ---- */

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

static bool start_timers(Supervisor *supervisor, Error *err)
{
    uv_loop_t *loop = &supervisor->loop;
    uint64_t upkeep_ms = (uint64_t)supervisor->plan->log_check_ms;
    int result = 0;

    supervisor->restart_timer.data = supervisor->stop_timer.data = supervisor->upkeep_timer.data =
        supervisor;
    (void)uv_timer_init(loop, &supervisor->restart_timer); /* these only fill in the handle */
    (void)uv_timer_init(loop, &supervisor->upkeep_timer);
    (void)uv_timer_init(loop, &supervisor->stop_timer);
    result = uv_timer_start(&supervisor->upkeep_timer, on_upkeep, upkeep_ms, upkeep_ms);
    if (result != 0)
        return error_set(err, ERR_PROCESS, "preparing the event loop: %s", uv_strerror(result));
    return true;
}

static bool begin(Supervisor *supervisor, const FamilyEvents *events, const ProcessId *adopted,
                  Error *err)
{
    supervisor->status.state = "starting";
    supervisor->status.since_ms = clock_wall_ms();
    if (!process_identify(process_own_pid(), &supervisor->status.supervisor, err) ||
        !start_timers(supervisor, err) ||
        !family_open(&supervisor->loop, events, &supervisor->family, err))
        return false;
    if (adopted)
        return adopt(supervisor, adopted, err);
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
    const FamilyEvents events = {.instance_ended = on_instance_ended,
                                 .member_ended = on_member_ended,
                                 .stop_wanted = on_stop_wanted,
                                 .context = &supervisor};
    int result = uv_loop_init(&supervisor.loop);
    bool ok;

    if (result != 0)
        return error_set(err, ERR_PROCESS, "making the event loop: %s", uv_strerror(result));
    ok = begin(&supervisor, &events, adopted, err);
    if (ok)
        (void)uv_run(&supervisor.loop, UV_RUN_DEFAULT); /* uv_stop() ended it; handles remain */
    family_close(supervisor.family);
    uv_walk(&supervisor.loop, close_handle, NULL);
    (void)uv_run(&supervisor.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&supervisor.loop); /* nothing is left in it */
    family_free(supervisor.family);
    return ok;
}
