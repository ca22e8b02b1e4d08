/* See runner_systemd.h. systemd is asked each time; of our own we only know which release it is. */
#include "deploy/runner/runner_systemd.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "base/service/systemd.h"
#include "deploy/runner/instance_unit.h"
#include "deploy/runner/occupant.h"
#include "deploy/runner/systemd_log.h"
#include "deploy/runner/unit_record.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_TIMEOUT_MS = 90000, STOP_SLACK_MS = 90000 };

/* Exit statuses that systemd itself gives what it could not start: systemd.exec(5). */
enum { STATUS_CHDIR = 200, STATUS_EXEC = 203, STATUS_GROUP = 216, STATUS_USER = 217 };
enum { STATUS_NAMESPACE = 226 };

/* ---- looking ---- */

static bool look_at_unit(const InstancePlace *place, SystemdUnit *out, Error *err)
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
    case STATUS_NAMESPACE:
        return "setting up service.hardening";
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

static bool state_of(const InstancePlace *place, const SystemdUnit *unit, InstanceState *out,
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
    }
    *out = state;
    return true;
}

static bool look(const InstancePlace *place, InstanceState *out, Error *err)
{
    SystemdUnit unit;

    return look_at_unit(place, &unit, err) && state_of(place, &unit, out, err);
}

/* ---- telling systemd ---- */

static bool tell(const InstancePlace *place, const char *verb, int64_t timeout_ms, Error *err)
{
    CLEANUP(free) char *name = instance_unit_name(place);

    return name ? systemd_do(systemd_scope(), verb, name, timeout_ms, err) : error_memory(err);
}

static bool remove_drop_in(char *name, Error *err)
{
    CLEANUP(free) char *owned = name;

    return owned ? systemd_remove(systemd_scope(), owned, err) : error_memory(err);
}

static bool write_unit(char *name, const Text *content, Error *err)
{
    CLEANUP(free) char *owned = name;

    return owned ? systemd_write(systemd_scope(), owned, content, err) : error_memory(err);
}

/* ---- starting ---- */

static bool write_environment(const InstanceSpec *spec, const char *path, Error *err)
{
    CLEANUP_TEXT Text lines = {0};

    return instance_unit_write_environment(spec, &lines, err) &&
           file_write_durable(path, text_chars(&lines), lines.length, 0600, err);
}

/* What stands beside the folders is not for whoever may pass: SQLite left that to the umask. */
static bool close_journal(const char *app_folder, Error *err)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-shm"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(free) char *path = path_join(app_folder, names[i]);

        if (!path)
            return error_memory(err);
        if (file_exists(path) && !file_set_mode(path, 0600, err))
            return false;
    }
    return true;
}

/* Another user has to come to its release: through folders that he may pass, not list. */
static bool let_account_in(const InstanceSpec *spec, Error *err)
{
    enum { SEARCHABLE = 0711, READABLE = 0755, PARENTS = 3 }; /* releases, APP, ROOT */
    CLEANUP(free) char *folder = text_copy(spec->folder);

    if (!spec->settings->service.account)
        return true;
    if (!folder)
        return error_memory(err);
    if (!file_set_mode(folder, READABLE, err))
        return false;
    for (int i = 0; i < PARENTS; i++) {
        char *parent = path_folder(folder);

        free(folder);
        folder = parent;
        if (!folder)
            return error_memory(err);
        if (!close_journal(folder, err) || !file_set_mode(folder, SEARCHABLE, err))
            return false;
    }
    return true;
}

/* Nothing of it counts until systemd reads its units again. */
static bool write_files(const InstanceSpec *spec, Error *err)
{
    CLEANUP(free)
    char *environment =
        text_formatted("%s/%s.environment", spec->place.run_folder, spec->place.slot);
    CLEANUP_TEXT Text template = {0};
    CLEANUP_TEXT Text release = {0};
    const InstanceUnit unit = {
        .spec = spec, .environment_file = environment, .of_user = systemd_scope() == SYSTEMD_USER};

    if (!environment)
        return error_memory(err);
    return instance_unit_write_template(&unit, &template, err) &&
           instance_unit_write_release(&unit, &release, err) &&
           folder_create(spec->place.run_folder, err) && unit_record_write(spec, err) &&
           write_environment(spec, environment, err) && let_account_in(spec, err) &&
           remove_drop_in(instance_unit_good(&spec->place), err) &&
           remove_drop_in(instance_unit_stop(&spec->place), err) &&
           write_unit(instance_unit_template(&spec->place), &template, err) &&
           write_unit(instance_unit_release(&spec->place), &release, err);
}

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

/* `enable` has systemd read its units again. Counts of a former release's ladder are forgotten. */
static bool begin(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    Error ignored = {0};

    if (!tell(&spec->place, "enable", CALL_TIMEOUT_MS, err))
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

    if (!write_files(spec, err))
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

    if (!look(&spec->place, &there, err))
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
    (void)error_as(err, ERR_START);
    return err->code == ERR_START ? false
                                  : error_while(err, "starting release %s in slot %s",
                                                spec->release, spec->place.slot);
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
    CLEANUP_TEXT Text good = {0};
    SystemdUnit unit;

    if (!look_at_unit(place, &unit, err))
        return false;
    if (text_equal(unit.restart, "always"))
        return true;
    instance_unit_write_good(&good);
    return write_unit(instance_unit_good(place), &good, err) &&
           systemd_do(systemd_scope(), "daemon-reload", NULL, CALL_TIMEOUT_MS, err);
}

/* ---- stopping ---- */

static bool is_up(const SystemdUnit *unit)
{
    return text_equal(unit->active, "active") || text_equal(unit->active, "reloading") ||
           text_equal(unit->active, "activating") || text_equal(unit->active, "deactivating");
}

/* The settings may allow it another time by now than when it was started. */
static bool set_stop_timeout(const InstancePlace *place, int64_t stop_timeout_ms, Error *err)
{
    CLEANUP_TEXT Text text = {0};
    UnitRecord record;

    if (!unit_record_read(place, &record, err))
        return false;
    if (record.stop_timeout_ms == stop_timeout_ms)
        return true;
    instance_unit_write_stop(stop_timeout_ms, &text);
    return write_unit(instance_unit_stop(place), &text, err);
}

/* Disabled first: if the host goes down in between, it does not come back. */
static bool disable_and_stop(const InstancePlace *place, int64_t stop_timeout_ms, Error *err)
{
    return set_stop_timeout(place, stop_timeout_ms, err) &&
           tell(place, "disable", CALL_TIMEOUT_MS, err) &&
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

    if (!look_at_unit(place, &before, err))
        return false;
    report->how = STOP_GONE;
    if (text_equal(before.load, "not-found"))
        return true;
    if (!disable_and_stop(place, stop_timeout_ms, err) || !look_at_unit(place, &after, err) ||
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
};
