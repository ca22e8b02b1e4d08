/* See keeper.h. */
#include "proxy/server/parent/keeper.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/net/channel.h"
#include "base/path.h"
#include "base/process/process.h"
#include "base/service/service_program.h"
#include "proxy/server/parent/event_log.h"
#include "proxy/server/program.h"

#include <stdatomic.h>

enum {
    LOOK_MS = 100,
    RETRY_MS = 5,
    ORPHAN_MS = 1000,
    ANSWER_MS = 20000,
    START_MS = 20000,
    STOP_MS = 20000 /* above the workers' own grace */
};

typedef struct Keeper {
    const char *folder;
    const char *door; /* FOLDER/control.sock */
    EventLog log;
    ProcessId parent; /* who serves, as far as we know */
    atomic_bool stopping;
} Keeper;

/* ---- who serves ---- */

static bool ask(const Keeper *keeper, const char *what, Json **answer, Error *err)
{
    CLEANUP(json_free) Json *question = json_new_object();

    (void)json_put_text(question, "do", what); /* a failure marks the value */
    return channel_ask(keeper->door, question, ANSWER_MS, answer, err);
}

static bool find_parent(Keeper *keeper, Error *err)
{
    CLEANUP(json_free) Json *status = NULL;

    return ask(keeper, "status", &status, err) &&
           process_identify(json_get_integer(status, "pid", 0), &keeper->parent, err);
}

/* A parent that was killed leaves its mark, and its worker is about to take over; one that stopped
 * in good order takes it along (control_door.h). */
static bool find_heir(Keeper *keeper, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + ORPHAN_MS;

    while (!find_parent(keeper, err)) {
        if (!file_exists(keeper->door) || clock_monotonic_ms() > deadline_ms)
            return false;
        (void)clock_sleep_ms(RETRY_MS); /* there is no Ctrl-C for a service */
    }
    return true;
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

/* ---- the service ---- */

static bool end_parent(Keeper *keeper, Error *err)
{
    CLEANUP(json_free) Json *answer = NULL;

    if (!find_heir(keeper, err))
        return true; /* nobody is there */
    if (!ask(keeper, "stop", &answer, err))
        return false;
    return process_wait_gone(&keeper->parent, STOP_MS) ||
           error_set(err, ERR_ENGINE, "process %lld did not end within %d s",
                     (long long)keeper->parent.pid, STOP_MS / 1000);
}

static bool keep(Keeper *keeper, ServiceProgram *program, Error *err)
{
    while (!atomic_load(&keeper->stopping)) {
        Error nobody = {0};

        if (process_alive(&keeper->parent)) {
            (void)clock_sleep_ms(LOOK_MS);
            continue;
        }
        if (!find_heir(keeper, &nobody)) {
            if (keeper->parent.pid > 0 && !file_exists(keeper->door))
                return true; /* it was told to stop */
            if (!start_parent(keeper, err))
                return false;
        }
        event_log(&keeper->log, "the service keeps process %lld", (long long)keeper->parent.pid);
        service_program_ready(program);
    }
    return end_parent(keeper, err);
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
    CLEANUP(free) char *door = path_join(folder, "control.sock");
    Keeper keeper = {.folder = folder, .door = door, .log = {.path = log}};
    const ServiceWork work = {.name = service, .run = run, .stop = stop, .context = &keeper};

    if (!log || !door)
        return error_memory(err);
    atomic_init(&keeper.stopping, false);
    return folder_create(folder, err) && service_program_run(&work, err);
}
