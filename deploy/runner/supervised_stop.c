/* See supervised.h: the end of an instance, by its supervisor, or by hand where that is gone. */
#include "deploy/runner/supervised.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/json.h"
#include "deploy/runner/instance_record.h"
#include "deploy/runner/occupant.h"

#include <stdlib.h>
#include <string.h>

enum { KILL_TIMEOUT_MS = 5000, ASK_TIMEOUT_MS = 5000 };

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
