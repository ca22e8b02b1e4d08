/* See supervised.h. The truth is the state file of godeploy-supervise compared with the processes
 * that are there; whoever calls holds the lock of the app, so that nobody else starts or stops. */
#include "deploy/runner/supervised.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "base/process/companion.h"
#include "deploy/runner/instance_record.h"
#include "deploy/runner/occupant.h"
#include "deploy/runner/runner_log.h"

#include <stdlib.h>
#include <string.h>

enum { START_TIMEOUT_MS = 10000, SETTLE_MS = 500, KILL_TIMEOUT_MS = 5000, ASK_TIMEOUT_MS = 5000 };
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
    (void)error_as(err, ERR_START);
    return err->code == ERR_START ? false
                                  : error_while(err, "starting release %s in slot %s",
                                                spec->release, spec->place.slot);
}

/* ---- stopping ---- */

static bool write_stop_timeout(const InstanceFiles *files, int64_t stop_timeout_ms, Error *err)
{
    CLEANUP(json_free) Json *json = json_new_object();
    CLEANUP(free) char *text = NULL;

    json_put_integer(json, "stop_timeout_ms", stop_timeout_ms);
    text = json_line(json);
    if (!text)
        return error_memory(err);
    return file_write_atomic(files->stop, text, strlen(text), 0600, err);
}

/* One stop while it goes on. */
typedef struct Stopping {
    const Keeper *keeper;
    const InstancePlace *place;
    int64_t timeout_ms;
    InstanceFiles files;
    StopReport report;
} Stopping;

/* By a process of its own, which can do without its console (deploy/supervise/main.c). */
static bool ask_instance_to_stop(const ProcessId *process, Error *err)
{
    CLEANUP(free) char *program = NULL;
    const ProcessWords words = process_to_words(process);
    const char *argv[] = {NULL, "--ask-to-stop", words.pid, words.stamp, NULL};
    ProcessResult result;

    if (!supervised_program(&program, err))
        return false;
    argv[0] = program;
    if (!process_run(&(Spawn){.argv = argv}, ASK_TIMEOUT_MS, &result, err))
        return false;
    return (!result.timed_out && result.signal == 0 && result.exit_status == 0) ||
           error_set(err, ERR_PROCESS, "asking process %s to stop: %s", words.pid, result.output);
}

static bool stop_by_hand(Stopping *stopping, const InstanceRecord *record, Error *err)
{
    bool asked = ask_instance_to_stop(&record->process, err);

    if (!asked && err->code == ERR_INTERRUPTED)
        return false;
    stopping->report.how = STOP_GRACEFUL;
    if (!asked || !process_wait_gone(&record->process, stopping->timeout_ms)) {
        stopping->report.how = STOP_FORCED;
        if (!process_kill_tree(&record->process, err))
            return false;
    }
    if (!process_wait_gone(&record->process, KILL_TIMEOUT_MS))
        return true; /* said by the look that follows */
    return instance_record_write_stopped(stopping->files.state, "stopped without its supervisor",
                                         err);
}

/* The supervisor does it; one that does not answer is itself killed, with all below it. */
static bool stop_by_supervisor(Stopping *stopping, const InstanceRecord *record, Error *err)
{
    InstanceRecord after;
    Error ignored = {0};

    (void)write_stop_timeout(&stopping->files, stopping->timeout_ms,
                             &ignored); /* a full disk: its own timeout */
    if (!stopping->keeper->ask_to_stop(stopping->place, &record->supervisor, err))
        return false;
    if (process_wait_gone(&record->supervisor, stopping->timeout_ms + KILL_TIMEOUT_MS)) {
        if (!instance_record_read(stopping->files.state, &after, err))
            return false;
        stopping->report.how = after.graceful ? STOP_GRACEFUL : STOP_FORCED;
        return after.state.process.pid ==
                   0 || /* else it was killed while it stopped the instance */
               stop_by_hand(stopping, &after, err);
    }
    stopping->report.how = STOP_FORCED;
    return process_kill_tree(&record->supervisor, err) &&
           process_kill_tree(&record->process, err) &&
           process_wait_gone(&record->supervisor, KILL_TIMEOUT_MS);
}

static bool stop_what_runs(Stopping *stopping, Error *err)
{
    InstanceRecord record;

    if (!instance_record_read(stopping->files.state, &record, err))
        return false;
    if (record.state.process.pid && !record.state.supervisor.pid)
        return stop_by_hand(stopping, &record, err);
    if (!record.state.supervisor.pid)
        return true;
    if (!stop_by_supervisor(stopping, &record, err))
        return false;
    if (!record.state.process.pid)
        stopping->report.how = STOP_GONE;
    return true;
}

static bool nothing_left(const InstanceFiles *files, Error *err)
{
    InstanceRecord record;

    if (!instance_record_read(files->state, &record, err))
        return false;
    if (!record.state.process.pid && !record.state.supervisor.pid)
        return true;
    return occupant_survived(
        record.state.process.pid ? record.state.process.pid : record.state.supervisor.pid, err);
}

static bool stop_all(Stopping *stopping, Error *err)
{
    const InstanceFiles *files = &stopping->files;

    return instance_files(stopping->place->run_folder, stopping->place->slot, &stopping->files,
                          err) &&
           stop_what_runs(stopping, err) && nothing_left(files, err) &&
           file_remove(files->trial, err) && file_remove(files->stop, err);
}

bool supervised_stop(const Keeper *keeper, const InstancePlace *place, int64_t stop_timeout_ms,
                     StopReport *out, Error *err)
{
    Stopping stopping = {.keeper = keeper,
                         .place = place,
                         .timeout_ms = stop_timeout_ms,
                         .report = {.how = STOP_GONE}};
    int64_t began_ms = clock_monotonic_ms();
    bool stopped = stop_all(&stopping, err);

    instance_files_free(&stopping.files);
    if (!stopped)
        return error_while(err, "stopping what runs in slot %s", place->slot);
    stopping.report.took_ms = clock_monotonic_ms() - began_ms;
    if (out)
        *out = stopping.report;
    return true;
}
