/* See keeper.h. */
#include "proxy/server/keeper.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/process.h"
#include "base/service_program.h"
#include "proxy/control.h"
#include "proxy/server/event_log.h"
#include "proxy/server/program.h"

#include <stdatomic.h>

enum { LOOK_MS = 100, START_MS = 20000, STOP_MS = 20000 };

typedef struct Keeper {
    const char *folder;
    EventLog log;
    ProcessId parent; /* who serves, as far as we know */
    atomic_bool stopping;
} Keeper;

/* ---- who serves ---- */

static bool find_parent(Keeper *keeper, Error *err)
{
    CLEANUP(json_free) Json *status = NULL;

    return control_status(keeper->folder, &status, err) &&
           process_identify(json_get_integer(status, "pid", 0), &keeper->parent, err);
}

static bool start_parent(Keeper *keeper, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + START_MS;
    char program[PROGRAM_PATH_SIZE];
    const char *const argv[] = {program, "--folder", keeper->folder, NULL};
    const Spawn spawn = {.argv = argv, .folder = keeper->folder, .output_path = keeper->log.path};
    ProcessId started = {0};

    program_find_own(program);
    path_use_slashes(program);
    if (!process_start_detached(&spawn, &started, err))
        return false;
    while (!find_parent(keeper, err)) {
        if (!process_alive(&started) || clock_monotonic_ms() > deadline_ms)
            return error_while(err, "starting godeploy-proxy");
        (void)clock_sleep_ms(LOOK_MS); /* there is no Ctrl-C for a service */
    }
    return true;
}

/* One that stopped in good order takes its socket, or the mark of its pipe, along (control.c). */
static bool was_told_to_stop(const Keeper *keeper)
{
    CLEANUP(free) char *mark = path_join(keeper->folder, "control.sock");

    return keeper->parent.pid > 0 && mark && !file_exists(mark);
}

/* ---- the service ---- */

static bool keep(Keeper *keeper, ServiceProgram *program, Error *err)
{
    while (!atomic_load(&keeper->stopping)) {
        Error nobody = {0};

        if (process_alive(&keeper->parent)) {
            (void)clock_sleep_ms(LOOK_MS);
            continue;
        }
        if (!find_parent(keeper, &nobody)) {
            if (was_told_to_stop(keeper))
                return true;
            if (!start_parent(keeper, err))
                return false;
        }
        event_log(&keeper->log, "the service keeps process %lld", (long long)keeper->parent.pid);
        service_program_ready(program);
    }
    return control_stop(keeper->folder, STOP_MS, err);
}

static bool run(void *context, ServiceProgram *program, Error *err)
{
    Keeper *keeper = context;

    if (keep(keeper, program, err))
        return true;
    event_log(&keeper->log, "the service ends: %s", err->message);
    return false;
}

static void stop(void *context)
{
    Keeper *keeper = context;

    atomic_store(&keeper->stopping, true);
}

bool keeper_run(const char *folder, const char *service, Error *err)
{
    CLEANUP(free) char *log = path_join(folder, "proxy.log");
    Keeper keeper = {.folder = folder, .log = {.path = log}};
    const ServiceWork work = {.name = service, .run = run, .stop = stop, .context = &keeper};

    if (!log)
        return error_memory(err);
    atomic_init(&keeper.stopping, false);
    return folder_create(folder, err) && service_program_run(&work, err);
}
