/* See runner.h and runner_service.h. */
#include "deploy/runner/runner_service.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "deploy/runner/occupant.h"
#include "deploy/runner/runner_log.h"
#include "deploy/runner/service_slot.h"
#include "deploy/runner/supervised.h"
#include "deploy/settings/settings.h"

#include <stdio.h>

enum { KILL_TIMEOUT_MS = 5000, NEVER_STARTED = 1077 };

/* ---- what is written down ---- */

static bool write_record(const InstanceSpec *spec, const ProcessId *process, Error *err)
{
    ServiceRecord record = {
        .native = spec->settings->service.windows.native,
        .starts_later = spec->settings->service.windows.delayed_start,
        .ladder = {.times = spec->restart_times,
                   .delay_ms = spec->restart_delay_ms,
                   .reset_ms = spec->restart_reset_ms},
        .process = *process,
        .started_ms = clock_wall_ms()
    };

    (void)snprintf(record.release, sizeof record.release, "%s", spec->release);
    (void)snprintf(record.instance, sizeof record.instance, "%s", spec->instance);
    return service_record_write(&spec->place, &record, err);
}

/* ---- a console program: its supervisor is the service ---- */

/* On disk, in a folder for this service alone: a service gets no environment from us. */
static bool write_console_files(const InstanceSpec *spec, Error *err)
{
    const ProcessId none = {0};

    return service_environment_write(&spec->place, spec->environment, err) &&
           write_record(spec, &none, err);
}

/* The supervisor adopts by itself what its state file names and what still runs. */
static bool start_supervisor(const InstanceSpec *spec, const char *spec_path,
                             const ProcessId *adopted, ProcessId *out, Error *err)
{
    CLEANUP(free) char *program = NULL;
    CLEANUP(free) char *name = service_slot_name(&spec->place);
    CLEANUP(free) char *environment = service_environment_path(&spec->place);
    CLEANUP(free) char *output = supervised_log_path(&spec->place);
    const char *command[] = {NULL, spec_path, "--service", name, environment, output, NULL};

    (void)adopted;
    if (!name || !environment || !output)
        return error_memory(err);
    if (!supervised_program(&program, err))
        return false;
    command[0] = program;
    return service_slot_point(spec, command, err) && write_console_files(spec, err) &&
           service_slot_start(&spec->place, out, err);
}

static bool ask_supervisor_to_stop(const InstancePlace *place, const ProcessId *supervisor,
                                   Error *err)
{
    (void)supervisor;
    return service_slot_ask_to_stop(place, err);
}

static const Keeper keeper = {
    .runner = &runner_service, .start = start_supervisor, .ask_to_stop = ask_supervisor_to_stop};

/* ---- a native service ---- */

/* A service may say that it has stopped, and its process goes on: hung in its last lines, and still
 * with its port. The SCM knows no process then; we do. */
static bool find_native(const InstancePlace *place, const ServiceRecord *record, ServiceLook *look,
                        ProcessId *out, Error *err)
{
    if (!service_slot_process(place, look, out, err))
        return false;
    if (!out->pid && record->process.pid && process_alive(&record->process))
        *out = record->process;
    return true;
}

static bool look_native(const InstancePlace *place, const ServiceRecord *record, InstanceState *out,
                        Error *err)
{
    ServiceLook look;
    ProcessId process;

    if (!find_native(place, record, &look, &process, err))
        return false;
    *out = (InstanceState){.state = INSTANCE_ABSENT, .started_ms = record->started_ms};
    if (!process.pid && (look.condition == SERVICE_IS_ABSENT || look.exit_code == NEVER_STARTED))
        return true;
    (void)snprintf(out->release, sizeof out->release, "%s", record->release);
    (void)snprintf(out->instance, sizeof out->instance, "%s", record->instance);
    out->restarts = record->process.pid != 0 && look.pid != 0 && look.pid != record->process.pid;
    if (process.pid) { /* what it says of itself is no proof: whoever checks asks it */
        out->state = INSTANCE_RUNNING;
        out->process = process;
        out->supervisor = look.pid ? process : (ProcessId){0};
        return true;
    }
    out->state = INSTANCE_STOPPED;
    if (look.condition == SERVICE_IS_STOPPED)
        service_slot_describe_end(&look, out->last_exit);
    else
        (void)snprintf(out->last_exit, sizeof out->last_exit,
                       "its process is gone, and the service control manager has not seen it");
    return true;
}

/* Its program is in the folder of the release; it runs elsewhere, in that of the system. */
static bool point_native(const InstanceSpec *spec, Error *err)
{
    CLEANUP_TEXT_LIST TextList command = {0};
    CLEANUP(free) char *given = text_copy(spec->command[0]);
    CLEANUP(free) char *program = NULL;

    if (given)
        path_use_slashes(given);
    program = given ? path_join(spec->folder, given) : NULL;
    if (!program)
        return error_memory(err);
    if (!text_list_add(&command, program, err))
        return false;
    for (size_t i = 1; spec->command[i]; i++)
        if (!text_list_add(&command, spec->command[i], err))
            return false;
    return service_slot_point(spec, (const char *const *)command.items, err);
}

static bool start_native(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    const ProcessId none = {0};
    ServiceRecord record;
    InstanceState state;
    ProcessId process;

    if (!service_record_read(&spec->place, &record, err) ||
        !look_native(&spec->place, &record, &state, err))
        return false;
    if (state.supervisor.pid && record.native && occupant_is(&state, spec)) {
        *out = state;
        return true;
    }
    return folder_create(spec->place.run_folder, err) &&
           folder_create(spec->place.log_folder, err) && point_native(spec, err) &&
           write_record(spec, &none, err) && service_slot_start(&spec->place, &process, err) &&
           write_record(spec, &process, err) && service_record_read(&spec->place, &record, err) &&
           look_native(&spec->place, &record, out, err);
}

/* Until nothing is left of it: politely, then not. */
static bool stop_native(const InstancePlace *place, const ServiceRecord *record,
                        int64_t stop_timeout_ms, StopReport *report, Error *err)
{
    ServiceLook look;
    ProcessId process;

    if (!find_native(place, record, &look, &process, err))
        return false;
    if (!process.pid)
        return true;
    report->how = STOP_GRACEFUL;
    if (!service_slot_ask_to_stop(place, err))
        return false;
    if (process_wait_gone(&process, stop_timeout_ms))
        return true;
    report->how = STOP_FORCED;
    if (!process_kill_tree(&process, err))
        return false;
    if (process_wait_gone(&process, KILL_TIMEOUT_MS))
        return true;
    return error_set(err, ERR_PROCESS, "process %lld was killed and is still there",
                     (long long)process.pid);
}

/* ---- the runner ---- */

static bool start(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    bool started = spec->settings->service.windows.native
                       ? start_native(spec, out, err)
                       : supervised_start(&keeper, spec, out, err);

    if (started)
        return true;
    (void)error_as(err, ERR_START);
    return false;
}

static bool look(const InstancePlace *place, InstanceState *out, Error *err)
{
    ServiceRecord record;

    if (!service_record_read(place, &record, err))
        return false;
    if (record.release[0] == '\0') { /* what a supervisor keeps there, is not ours */
        *out = (InstanceState){.state = INSTANCE_ABSENT};
        return true;
    }
    return record.native ? look_native(place, &record, out, err) : supervised_look(place, out, err);
}

/* First on disk: what is armed twice is armed once. */
static bool mark_good(const InstancePlace *place, Error *err)
{
    ServiceRecord record;

    if (!service_record_read(place, &record, err))
        return false;
    record.good = true;
    return service_record_write(place, &record, err) && service_slot_arm(place, &record, err) &&
           (record.native || supervised_mark_good(place, err));
}

/* The SCM loses sight of no process: a native service needs no adoption. */
static bool adopt(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    ServiceRecord record;

    if (!service_record_read(&spec->place, &record, err))
        return false;
    if (!record.native)
        return supervised_adopt(&keeper, spec, out, err) &&
               (!record.good || mark_good(&spec->place, err));
    if (!look_native(&spec->place, &record, out, err))
        return false;
    return out->state == INSTANCE_RUNNING || occupant_missing(spec, err);
}

static bool stop_quietened(const InstancePlace *place, const ServiceRecord *record,
                           int64_t stop_timeout_ms, StopReport *report, Error *err)
{
    return service_slot_quieten(place, err) &&
           (record->native ? stop_native(place, record, stop_timeout_ms, report, err)
                           : supervised_stop(&keeper, place, stop_timeout_ms, report, err)) &&
           service_slot_settle(place, &record->ladder, err);
}

static bool stop(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out, Error *err)
{
    int64_t began_ms = clock_monotonic_ms();
    StopReport report = {.how = STOP_GONE};
    ServiceRecord record;

    if (!service_record_read(place, &record, err))
        return false;
    if (record.release[0] != '\0' && !stop_quietened(place, &record, stop_timeout_ms, &report, err))
        return error_while(err, "stopping what runs in slot %s", place->slot);
    report.took_ms = clock_monotonic_ms() - began_ms;
    if (out)
        *out = report;
    return true;
}

/* The service itself stays (service_slot.h), but nobody starts it any more. */
static bool forget(const InstancePlace *place, Error *err)
{
    return service_slot_quieten(place, err) && supervised_forget(place, err) &&
           service_record_remove(place, err);
}

const Runner runner_service = {
    .name = "service",
    .can = RUNNER_ACCOUNT | RUNNER_PROXY,
    .gives_environment = true,
    .start = start,
    .look = look,
    .mark_good = mark_good,
    .adopt = adopt,
    .stop = stop,
    .last_lines = runner_log_last_lines,
    .new_lines = runner_log_new_lines,
    .remembers = service_record_exists,
    .forget = forget,
};
