/* See unit_state.h. */
#include "deploy/runner/unit_state.h"

#include "base/clock.h"
#include "deploy/runner/instance_unit.h"
#include "deploy/runner/unit_record.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit statuses that systemd itself gives what it could not start: systemd.exec(5). */
enum { STATUS_CHDIR = 200, STATUS_EXEC = 203, STATUS_GROUP = 216, STATUS_USER = 217 };
enum { STATUS_LIMITS = 205, STATUS_CAPABILITIES = 218, STATUS_NAMESPACE = 226, STATUS_STATE = 238 };

bool unit_state_look(const InstancePlace *place, SystemdUnit *out, Error *err)
{
    CLEANUP(free) char *name = instance_unit_name(place);

    return name ? systemd_look(systemd_scope(), name, out, err) : error_memory(err);
}

static InstanceCondition condition_of(const SystemdUnit *unit)
{
    if (text_equal(unit->active, "activating"))
        return text_starts_with(unit->sub, "auto-restart") ? INSTANCE_WAITING : INSTANCE_STARTING;
    if (text_equal(unit->active, "active") || text_equal(unit->active, "reloading"))
        return INSTANCE_RUNNING;
    if (text_equal(unit->active, "deactivating") && unit->main_pid > 0)
        return INSTANCE_RUNNING;
    if (text_equal(unit->active, "deactivating") && text_equal(unit->restart, "always"))
        return INSTANCE_WAITING; /* the ladder is being asked */
    /* Its result is then that of the last failure: systemd would else have started it again. */
    if (text_equal(unit->active, "failed") && text_equal(unit->restart, "always"))
        return INSTANCE_GAVE_UP;
    return unit->started_us > 0 ? INSTANCE_STOPPED : INSTANCE_ABSENT;
}

static const char *step_words(int64_t status)
{
    switch (status) {
    case STATUS_CHDIR:
        return "entering its folder";
    case STATUS_EXEC:
        return "executing the program";
    case STATUS_GROUP:
    case STATUS_USER:
        return "becoming service.account";
    case STATUS_LIMITS:
        return "setting service.limits";
    case STATUS_CAPABILITIES:
    case STATUS_NAMESPACE:
        return "setting up service.hardening";
    case STATUS_STATE:
        return "making its folder in /var/lib";
    }
    return NULL;
}

static void describe_signal(const SystemdUnit *unit, char out[INSTANCE_EXIT_SIZE])
{
    const char *words = strsignal((int)unit->exit_status);

    (void)snprintf(out, INSTANCE_EXIT_SIZE, "signal %d (%c%s)%s", (int)unit->exit_status,
                   words ? tolower((unsigned char)words[0]) : '?',
                   words && words[0] ? words + 1 : "",
                   text_equal(unit->result, "oom-kill") ? ": it took more memory than it may" : "");
}

static void describe_end(const SystemdUnit *unit, char out[INSTANCE_EXIT_SIZE])
{
    const char *step = step_words(unit->exit_status);

    if (unit->exit_code == CLD_KILLED || unit->exit_code == CLD_DUMPED)
        describe_signal(unit, out);
    else if (unit->exit_code == CLD_EXITED && step)
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "starting it failed: %s (exit status %d)", step,
                       (int)unit->exit_status);
    else if (unit->exit_code == CLD_EXITED)
        (void)snprintf(out, INSTANCE_EXIT_SIZE, "exit status %d", (int)unit->exit_status);
}

/* systemd counts from the start of the host, people from 1970. */
static int64_t wall_of(int64_t monotonic_us)
{
    return monotonic_us > 0 ? clock_wall_ms() - (clock_monotonic_us() - monotonic_us) / 1000 : 0;
}

bool unit_state_of(const InstancePlace *place, const SystemdUnit *unit, InstanceState *out,
                   Error *err)
{
    InstanceState state = {.state = condition_of(unit), .restarts = (int)unit->restarts};
    UnitRecord record;
    Error gone = {0};

    if (!unit_record_read(place, &record, err))
        return false;
    /* One that ended a moment ago is not there, whatever systemd knows yet. */
    if (unit->main_pid > 0 && process_identify(unit->main_pid, &state.process, &gone))
        (void)process_identify(1, &state.supervisor, &gone);
    if (state.state != INSTANCE_ABSENT) {
        (void)snprintf(state.release, sizeof state.release, "%s", record.release);
        (void)snprintf(state.instance, sizeof state.instance, "%s", record.instance);
        state.started_ms = wall_of(unit->started_us);
        describe_end(unit, state.last_exit);
        if (state.state == INSTANCE_WAITING && record.restart_delay_ms > 0)
            state.until_ms = wall_of(unit->changed_us) + record.restart_delay_ms;
    }
    *out = state;
    return true;
}
