/* See supervised.h. The truth is the state file of godeploy-supervise compared with the processes
 * that are there; whoever calls holds the lock of the app, so that nobody else starts or stops. */
#include "deploy/runner/supervised.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/process/companion.h"
#include "deploy/runner/instance_record.h"
#include "deploy/runner/occupant.h"
#include "deploy/runner/runner_log.h"

#include <stdlib.h>
#include <string.h>

enum { START_TIMEOUT_MS = 10000, SETTLE_MS = 500 };
enum { DEFAULT_LOG_FILES = 8, SLOW_STEP_MS = 20 };
static const uint64_t default_log_size = UINT64_C(10) * 1024 * 1024;

/* ---- looking ---- */

/* Between the end of a process and the supervisor's word about it lies a moment. */
static bool is_in_between(const InstanceRecord *record)
{
    return record->state.supervisor.pid && record->state.state == INSTANCE_RUNNING &&
           !record->state.process.pid;
}

static bool read_settled(const char *state_path, InstanceRecord *out, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + SETTLE_MS;

    if (!instance_record_read(state_path, out, err))
        return false;
    while (is_in_between(out) && clock_monotonic_ms() < deadline_ms) {
        if (!clock_sleep_ms(1))
            return true; /* Ctrl-C: what was written is good enough */
        if (!instance_record_read(state_path, out, err))
            return false;
    }
    return true;
}

bool supervised_look(const InstancePlace *place, InstanceState *out, Error *err)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};
    InstanceRecord record;

    if (!instance_files(place->run_folder, place->slot, &files, err) ||
        !read_settled(files.state, &record, err))
        return false;
    *out = record.state;
    return true;
}

bool supervised_mark_good(const InstancePlace *place, Error *err)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};

    return instance_files(place->run_folder, place->slot, &files, err) &&
           file_remove(files.trial, err);
}

bool supervised_remembers(const InstancePlace *place)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};
    Error ignored = {0};

    return instance_files(place->run_folder, place->slot, &files, &ignored) &&
           file_exists(files.state);
}

/* The state last: by it the slot is remembered. */
bool supervised_forget(const InstancePlace *place, Error *err)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};

    return instance_files(place->run_folder, place->slot, &files, err) &&
           file_remove(files.spec, err) && file_remove(files.trial, err) &&
           file_remove(files.stop, err) && file_remove(files.state, err);
}

/* ---- starting ---- */

static Json *restart_json(const InstanceSpec *spec)
{
    Json *json = json_new_object();

    json_put_integer(json, "delay_ms", spec->restart_delay_ms);
    json_put_integer(json, "times", spec->restart_times);
    json_put_integer(json, "reset_ms", spec->restart_reset_ms);
    return json;
}

static Json *command_json(const InstanceSpec *spec)
{
    Json *json = json_new_array();

    for (size_t i = 0; spec->command[i]; i++)
        json_push_text(json, spec->command[i]);
    return json;
}

static char *spec_text(const InstanceSpec *spec, const InstanceFiles *files)
{
    CLEANUP(json_free) Json *json = json_new_object();
    CLEANUP(free) char *log = runner_log_path(&spec->place);

    json_put_text(json, "app", spec->place.app);
    json_put_text(json, "release", spec->release);
    json_put_text(json, "slot", spec->place.slot);
    json_put_text(json, "instance", spec->instance);
    json_put(json, "command", command_json(spec));
    json_put_text(json, "folder", spec->folder);
    json_put_text(json, "log", log); /* NULL, out of memory, is refused by the supervisor */
    json_put_integer(json, "log_size",
                     (int64_t)(spec->log_size ? spec->log_size : default_log_size));
    json_put_integer(json, "log_files", spec->log_files ? spec->log_files : DEFAULT_LOG_FILES);
    json_put_text(json, "state", files->state);
    json_put_integer(json, "port", spec->port);
    json_put_integer(json, "stop_timeout_ms", spec->stop_timeout_ms);
    json_put(json, "restart", restart_json(spec));
    return json_pretty(json);
}

static bool write_spec(const InstanceSpec *spec, const InstanceFiles *files, Error *err)
{
    CLEANUP(free) char *text = spec_text(spec, files);

    if (!text)
        return error_memory(err);
    return file_write_atomic(files->spec, text, strlen(text), 0600, err);
}

bool supervised_program(char **out, Error *err)
{
    return companion_find("godeploy-supervise", out, err) || error_as(err, ERR_START);
}

char *supervised_log_path(const InstancePlace *place)
{
    return text_formatted("%s/supervise-%s.log", place->log_folder, place->slot);
}

/* What a supervisor that could not begin wrote before it ended. */
static bool report_supervisor_end(const InstanceSpec *spec, Error *err)
{
    CLEANUP(free) char *log = supervised_log_path(&spec->place);
    CLEANUP_TEXT Text lines = {0};
    Error ignored = {0};

    if (log)
        (void)runner_log_file_last_lines(log, 1, &lines, &ignored); /* that it ended matters more */
    error_set(err, ERR_START, "godeploy-supervise ended before it could start %s: %s",
              spec->command[0], text_chars(&lines));
    return error_hint(err, "Read supervise-%s.log in %s.", spec->place.slot,
                      spec->place.log_folder);
}

/* Reads until `supervisor` has said what became of the instance. */
static bool wait_for_word(const InstanceSpec *spec, const InstanceFiles *files,
                          const ProcessId *supervisor, InstanceRecord *record, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    int64_t step_ms = 1;

    for (;;) {
        bool lives = process_alive(supervisor); /* asked first: its last word is then in the file */

        if (!instance_record_read(files->state, record, err))
            return false;
        if (process_same(&record->supervisor, supervisor) &&
            record->state.state != INSTANCE_STARTING && record->state.state != INSTANCE_ABSENT)
            return true;
        if (!lives)
            return report_supervisor_end(spec, err);
        if (clock_monotonic_ms() >= deadline_ms)
            return error_set(err, ERR_START, "godeploy-supervise did not start %s within %d s",
                             spec->command[0], START_TIMEOUT_MS / 1000);
        if (!clock_sleep_ms(step_ms))
            return interrupt_check(err);
        step_ms = step_ms < SLOW_STEP_MS ? step_ms + 1 : step_ms;
    }
}

static bool prepare_files(const InstanceSpec *spec, const InstanceFiles *files, Error *err)
{
    return folder_create(spec->place.run_folder, err) &&
           folder_create(spec->place.log_folder, err) && file_remove(files->state, err) &&
           file_remove(files->stop, err) && file_write_atomic(files->trial, "", 0, 0600, err) &&
           write_spec(spec, files, err);
}

static bool start_new(const Keeper *keeper, const InstanceSpec *spec, const InstanceFiles *files,
                      InstanceState *out, Error *err)
{
    ProcessId supervisor;
    InstanceRecord record;
    Error ignored = {0};

    if (!prepare_files(spec, files, err) ||
        !keeper->start(spec, files->spec, NULL, &supervisor, err))
        return false;
    if (!wait_for_word(spec, files, &supervisor, &record, err)) {
        (void)supervised_stop(keeper, &spec->place, 0, NULL,
                              &ignored); /* nothing may be left behind */
        (void)process_kill_tree(&supervisor, &ignored);
        return false;
    }
    if (record.state.state == INSTANCE_RUNNING) {
        *out = record.state;
        return true;
    }
    return runner_report_end(keeper->runner, &spec->place, &record.state, err);
}

bool supervised_adopt(const Keeper *keeper, const InstanceSpec *spec, InstanceState *out,
                      Error *err)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};
    ProcessId supervisor;
    InstanceRecord record;

    if (!instance_files(spec->place.run_folder, spec->place.slot, &files, err) ||
        !read_settled(files.state, &record, err))
        return false;
    if (record.state.state == INSTANCE_ORPHANED) {
        if (!occupant_is(&record.state, spec))
            return occupant_refuse(&record.state, spec, err);
        if (!write_spec(spec, &files, err) || !file_remove(files.stop, err) ||
            !keeper->start(spec, files.spec, &record.process, &supervisor, err) ||
            !wait_for_word(spec, &files, &supervisor, &record, err))
            return error_while(err, "adopting process %lld", (long long)record.process.pid);
    }
    if (!record.state.supervisor.pid)
        return occupant_missing(spec, err);
    *out = record.state;
    return true;
}

static bool start_in(const Keeper *keeper, const InstanceSpec *spec, const InstanceFiles *files,
                     InstanceState *out, Error *err)
{
    InstanceRecord record;

    if (!read_settled(files->state, &record, err))
        return false;
    switch (record.state.state) {
    case INSTANCE_STARTING:
    case INSTANCE_RUNNING:
    case INSTANCE_WAITING:
        if (!occupant_is(&record.state, spec))
            return occupant_refuse(&record.state, spec, err);
        *out = record.state;
        return true;
    case INSTANCE_ORPHANED:
        return supervised_adopt(keeper, spec, out, err);
    case INSTANCE_GAVE_UP: /* only its supervisor is left */
    case INSTANCE_STOPPED: /* perhaps on its last instructions */
        if (!supervised_stop(keeper, &spec->place, spec->stop_timeout_ms, NULL, err))
            return false;
        break;
    case INSTANCE_ABSENT:
        break;
    }
    return start_new(keeper, spec, files, out, err);
}

bool supervised_start(const Keeper *keeper, const InstanceSpec *spec, InstanceState *out,
                      Error *err)
{
    CLEANUP_INSTANCE_FILES InstanceFiles files = {0};

    if (instance_files(spec->place.run_folder, spec->place.slot, &files, err) &&
        start_in(keeper, spec, &files, out, err))
        return true;
    return error_as(err, ERR_START); /* what was being started, whoever asked for it says */
}
