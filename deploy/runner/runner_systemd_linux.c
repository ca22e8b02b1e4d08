/* See runner_systemd.h. systemd is asked each time; of our own we only know which release it is. */
#include "deploy/runner/runner_systemd.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/service/systemd.h"
#include "deploy/runner/instance_unit.h"
#include "deploy/runner/occupant.h"
#include "deploy/runner/systemd_log.h"
#include "deploy/runner/unit_files.h"
#include "deploy/runner/unit_record.h"
#include "deploy/runner/unit_state.h"

#include <signal.h>
#include <stdlib.h>

enum { CALL_TIMEOUT_MS = 90000, STOP_SLACK_MS = 90000 };

/* ---- looking ---- */

static bool is_of_another_root(const InstancePlace *place)
{
    Error why = {0};

    return !unit_files_check_owner(place, &why) && why.code == ERR_START;
}

static bool look(const InstancePlace *place, InstanceState *out, Error *err)
{
    SystemdUnit unit;

    if (!unit_files_check_user(place, err))
        return false;
    if (!systemd_runs(systemd_scope()) || is_of_another_root(place)) {
        *out = (InstanceState){.state = INSTANCE_ABSENT};
        return true;
    }
    return unit_state_look(place, &unit, err) && unit_state_of(place, &unit, out, err);
}

/* ---- what others did ---- */

static const char *option_of_scope(void)
{
    return systemd_scope() == SYSTEMD_USER ? "--user " : "";
}

static bool is_masked(const InstancePlace *place, const SystemdUnit *unit, Error *why)
{
    if (!text_equal(unit->load, "masked"))
        return false;
    (void)error_set(why, ERR_START, "unit godeploy-%s@%s is masked: systemd may not start it",
                    place->app, place->slot);
    (void)error_hint(why, "Run `systemctl %sunmask godeploy-%s@%s` once it is known who did that.",
                     option_of_scope(), place->app, place->slot);
    return true;
}

/* By `systemctl disable`, or a preset of this distribution. */
static bool stays_down(const InstancePlace *place, const SystemdUnit *unit, Error *why)
{
    if (text_equal(unit->file, "enabled"))
        return false;
    (void)error_set(why, ERR_START,
                    "unit godeploy-%s@%s is %s: it does not come back when the host starts",
                    place->app, place->slot, unit->file[0] != '\0' ? unit->file : "gone");
    (void)error_hint(why, "Run `systemctl %senable godeploy-%s@%s`.", option_of_scope(), place->app,
                     place->slot);
    return true;
}

static bool ends_with_the_session(const InstancePlace *place, Error *why)
{
    if (systemd_outlives_sessions(systemd_scope()) || !unit_record_exists(place))
        return false;
    (void)error_set(why, ERR_START,
                    "lingering is off for this user: what systemd keeps in slot %s ends with the "
                    "last session, and does not come back when the host starts",
                    place->slot);
    (void)error_hint(why, "Run `loginctl enable-linger` as this user.");
    return true;
}

static bool hindered(const InstancePlace *place, bool serves, Error *why)
{
    SystemdUnit unit;

    if (ends_with_the_session(place, why))
        return true;
    if (!systemd_runs(systemd_scope()) || is_of_another_root(place))
        return false;
    return !unit_state_look(place, &unit, why) || is_masked(place, &unit, why) ||
           (serves && unit_record_exists(place) && stays_down(place, &unit, why));
}

/* ---- telling systemd ---- */

static bool tell(const InstancePlace *place, const char *verb, int64_t timeout_ms, Error *err)
{
    CLEANUP(free) char *name = instance_unit_name(place);

    return name ? systemd_do(systemd_scope(), verb, name, timeout_ms, err) : error_memory(err);
}

/* ---- starting ---- */

static bool stop(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out, Error *err);

/* Why systemd could not start it, told by what the unit is and by its last lines. */
static bool report_failed_start(const InstanceSpec *spec, Error *err)
{
    InstanceState state = {0};
    Error ignored = {0};

    if (!look(&spec->place, &state, &ignored) || state.last_exit[0] == '\0')
        return false;
    return runner_report_end(&runner_systemd, &spec->place, &state, err);
}

static bool enable(const InstancePlace *place, Error *err)
{
    SystemdUnit unit;
    Error ignored = {0};

    if (tell(place, "enable", CALL_TIMEOUT_MS, err))
        return true;
    if (unit_state_look(place, &unit, &ignored))
        (void)is_masked(place, &unit, err); /* then it says how to undo that */
    return false;
}

/* `enable` has systemd read its units again. Counts of a former release's ladder are forgotten. */
static bool begin(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    Error ignored = {0};

    if (!enable(&spec->place, err))
        return false;
    (void)tell(&spec->place, "reset-failed", CALL_TIMEOUT_MS, &ignored); /* it never failed, then */
    if (!tell(&spec->place, "start", CALL_TIMEOUT_MS, err))
        return report_failed_start(spec, err);
    if (!look(&spec->place, out, err))
        return false;
    return out->state == INSTANCE_RUNNING ||
           runner_report_end(&runner_systemd, &spec->place, out, err);
}

static bool start_new(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    InstanceState state = {0};
    Error ignored = {0};

    if (!unit_files_write(spec, err))
        return false;
    if (!begin(spec, &state, err)) {
        (void)stop(&spec->place, spec->stop_timeout_ms, NULL, &ignored); /* why it failed matters */
        return false;
    }
    *out = state;
    return true;
}

static bool start_in(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    InstanceState there;

    if (!unit_files_check_owner(&spec->place, err) || !look(&spec->place, &there, err))
        return false;
    switch (there.state) {
    case INSTANCE_STARTING:
    case INSTANCE_RUNNING:
    case INSTANCE_WAITING:
    case INSTANCE_ORPHANED: /* never: what systemd started it keeps */
        if (!occupant_is(&there, spec))
            return occupant_refuse(&there, spec, err);
        *out = there;
        return true;
    case INSTANCE_GAVE_UP:
    case INSTANCE_STOPPED:
    case INSTANCE_ABSENT:
        break;
    }
    return start_new(spec, out, err);
}

static bool start(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    if (start_in(spec, out, err))
        return true;
    return error_as(err, ERR_START); /* what was being started, whoever asked for it says */
}

static bool adopt(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    InstanceState there;

    if (!look(&spec->place, &there, err))
        return false;
    if (!there.process.pid)
        return occupant_missing(spec, err);
    *out = there;
    return true;
}

/* ---- the end of the trial ---- */

static bool mark_good(const InstancePlace *place, Error *err)
{
    SystemdUnit unit;

    if (!unit_state_look(place, &unit, err))
        return false;
    if (text_equal(unit.restart, "always"))
        return true;
    return unit_files_mark_good(place, err) &&
           systemd_do(systemd_scope(), "daemon-reload", NULL, CALL_TIMEOUT_MS, err);
}

/* ---- stopping ---- */

static bool is_up(const SystemdUnit *unit)
{
    return text_equal(unit->active, "active") || text_equal(unit->active, "reloading") ||
           text_equal(unit->active, "activating") || text_equal(unit->active, "deactivating");
}

/* Disabled first: if the host goes down in between, it does not come back. */
static bool disable_and_stop(const InstancePlace *place, int64_t stop_timeout_ms, Error *err)
{
    Error ignored = {0};

    (void)unit_files_prepare_stop(place, stop_timeout_ms,
                                  &ignored); /* a full disk: the time it was started with */
    return tell(place, "disable", CALL_TIMEOUT_MS, err) &&
           tell(place, "stop", stop_timeout_ms + STOP_SLACK_MS, err);
}

static void read_how(const SystemdUnit *before, const SystemdUnit *after, StopReport *report)
{
    bool killed = after->exit_code == CLD_KILLED && after->exit_status == SIGKILL;

    if (!is_up(before))
        report->how = STOP_GONE;
    else
        report->how = killed || text_equal(after->result, "timeout") ? STOP_FORCED : STOP_GRACEFUL;
}

static bool nothing_left(const SystemdUnit *unit, Error *err)
{
    if (!is_up(unit))
        return true;
    return occupant_survived(unit->main_pid, err);
}

static bool stop_unit(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *report,
                      Error *err)
{
    SystemdUnit before, after;
    Error ignored = {0};

    report->how = STOP_GONE;
    if (is_of_another_root(place))
        return true;
    if (!unit_state_look(place, &before, err))
        return false;
    if (text_equal(before.load, "not-found"))
        return true;
    if (!disable_and_stop(place, stop_timeout_ms, err) || !unit_state_look(place, &after, err) ||
        !nothing_left(&after, err))
        return false;
    read_how(&before, &after, report);
    if (text_equal(after.active, "failed"))
        (void)tell(place, "reset-failed", CALL_TIMEOUT_MS, &ignored); /* nobody has to mend it */
    return true;
}

static bool stop(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out, Error *err)
{
    int64_t began_ms = clock_monotonic_ms();
    StopReport report = {.how = STOP_GONE};
    bool done;

    interrupt_hold(); /* a stop that was begun is waited for */
    done = stop_unit(place, stop_timeout_ms, &report, err);
    interrupt_release();
    if (!done)
        return error_while(err, "stopping what runs in slot %s", place->slot);
    report.took_ms = clock_monotonic_ms() - began_ms;
    if (out)
        *out = report;
    return true;
}

static bool forget(const InstancePlace *place, Error *err)
{
    return unit_files_remove(place, err) &&
           (!systemd_runs(systemd_scope()) ||
            systemd_do(systemd_scope(), "daemon-reload", NULL, CALL_TIMEOUT_MS, err));
}

static bool usable(Error *err)
{
    if (systemd_usable(systemd_scope()))
        return true;
    if (systemd_scope() == SYSTEMD_SYSTEM) {
        (void)error_set(err, ERR_SETTINGS, "service.runner: systemd is not process 1 of this host");
        return error_hint(err, "Use service.runner: supervise, or auto.");
    }
    (void)error_set(err, ERR_SETTINGS,
                    "service.runner: systemd keeps nothing for this user after the session ends");
    return error_hint(err, "Run `loginctl enable-linger` as this user, or use service.runner: "
                           "supervise.");
}

const Runner runner_systemd = {
    .name = "systemd",
    .can = RUNNER_ACCOUNT | RUNNER_LIMITS | RUNNER_PROXY,
    .usable = usable,
    .start = start,
    .look = look,
    .mark_good = mark_good,
    .adopt = adopt,
    .stop = stop,
    .last_lines = systemd_log_last_lines,
    .new_lines = systemd_log_new_lines,
    .hindered = hindered,
    .remembers = unit_record_exists,
    .forget = forget,
};
