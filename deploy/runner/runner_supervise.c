/* See runner_supervise.h: a process of its own, which nobody keeps. */
#include "deploy/runner/runner_supervise.h"

#include "deploy/runner/runner_log.h"
#include "deploy/runner/service_record.h"
#include "deploy/runner/supervised.h"

static bool start_supervisor(const InstanceSpec *spec, const char *spec_path,
                             const ProcessId *adopted, ProcessId *out, Error *err)
{
    CLEANUP(free) char *program = NULL;
    CLEANUP(free) char *output = supervised_log_path(&spec->place);
    const ProcessWords words = process_to_words(adopted ? adopted : &(ProcessId){0});
    const char *argv[] = {NULL,      spec_path,   adopted ? "--adopt" : NULL,
                          words.pid, words.stamp, NULL};
    const Spawn spawn = {.argv = argv,
                         .environment = spec->environment,
                         .folder = spec->place.run_folder,
                         .output_path = output};

    if (!output)
        return error_memory(err);
    if (!supervised_program(&program, err))
        return false;
    argv[0] = program;
    return process_start_detached(&spawn, out, err);
}

static bool ask_to_stop(const InstancePlace *place, const ProcessId *supervisor, Error *err)
{
    (void)place;
    return process_ask_to_stop(supervisor, err);
}

static const Keeper keeper = {
    .runner = &runner_supervise, .start = start_supervisor, .ask_to_stop = ask_to_stop};

static bool start(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    return supervised_start(&keeper, spec, out, err);
}

static bool adopt(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    return supervised_adopt(&keeper, spec, out, err);
}

static bool stop(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out, Error *err)
{
    return supervised_stop(&keeper, place, stop_timeout_ms, out, err);
}

/* ---- what a Windows service keeps, by the same files, is not ours ---- */

static bool look(const InstancePlace *place, InstanceState *out, Error *err)
{
    if (!service_record_exists(place))
        return supervised_look(place, out, err);
    *out = (InstanceState){.state = INSTANCE_ABSENT};
    return true;
}

static bool remembers(const InstancePlace *place)
{
    return !service_record_exists(place) && supervised_remembers(place);
}

const Runner runner_supervise = {
    .name = "supervise",
    .start = start,
    .look = look,
    .mark_good = supervised_mark_good,
    .adopt = adopt,
    .stop = stop,
    .last_lines = runner_log_last_lines,
    .new_lines = runner_log_new_lines,
    .remembers = remembers,
    .forget = supervised_forget,
};
