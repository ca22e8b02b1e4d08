/* See process.h. Starting programs on Windows, and running them to their end. */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/interrupt.h"
#include "base/process/process_launch_windows.h"
#include "base/process/process_output.h"

#include <windows.h>

enum { LOOK_EVERY_MS = 10, CHUNK_SIZE = 4096, PIPE_SIZE = 256 * 1024, KILL_TIMEOUT_MS = 5000 };
enum { KILLED_STATUS = 1 };

bool process_start_detached(const Spawn *spawn, ProcessId *out, Error *err)
{
    CLEANUP_LAUNCH Launch launch = {.detached = true};
    CLEANUP(handle_close) HANDLE process = NULL;

    return (launch_prepare(&launch, spawn, err) && launch_open_output(&launch, spawn, err) &&
            launch_run(&launch, &process, out, err)) ||
           error_while(err, "starting %s", spawn->argv[0]);
}

/* ---- running to the end ---- */

typedef struct Run {
    HANDLE process;
    HANDLE job;  /* what it starts is in it too */
    HANDLE pipe; /* reading end */
    size_t length;
    ProcessResult *result;
} Run;

/* What is in the pipe now: a read of an empty one would wait. True if there was any. */
static bool read_output(Run *run)
{
    char chunk[CHUNK_SIZE];
    bool any = false;

    for (;;) {
        DWORD there = 0, got = 0;

        if (!PeekNamedPipe(run->pipe, NULL, 0, NULL, &there, NULL) || there == 0 ||
            !ReadFile(run->pipe, chunk, there < sizeof chunk ? there : sizeof chunk, &got, NULL) ||
            got == 0)
            return any;
        process_output_keep(run->result, &run->length, chunk, got);
        any = true;
    }
}

/* True once it ended by itself; false on a deadline or Ctrl-C. What it left in the background may
 * keep the pipe open: the program's own end counts. */
static bool wait_for_end(Run *run, int64_t deadline_ms)
{
    bool busy = false; /* it may be waiting for room in the pipe */

    while (WaitForSingleObject(run->process, busy ? 0 : LOOK_EVERY_MS) != WAIT_OBJECT_0) {
        if (clock_monotonic_ms() >= deadline_ms || interrupt_requested())
            return false;
        busy = read_output(run);
    }
    (void)read_output(run); /* the rest of it, if there is any */
    return true;
}

static bool finish_run(Run *run, int64_t timeout_ms, Error *err)
{
    DWORD status = 0;

    if (wait_for_end(run, clock_monotonic_ms() + timeout_ms)) {
        if (!GetExitCodeProcess(run->process, &status))
            return error_set_os(err, ERR_PROCESS, "asking how it ended");
        run->result->exit_status = (int)status; /* as PowerShell shows it */
        return true;
    }
    if (!TerminateJobObject(run->job, KILLED_STATUS))
        return error_set_os(err, ERR_PROCESS, "ending it");
    if (WaitForSingleObject(run->process, KILL_TIMEOUT_MS) != WAIT_OBJECT_0)
        return error_set(err, ERR_PROCESS, "it did not end within %d ms of being killed",
                         KILL_TIMEOUT_MS);
    (void)read_output(run); /* likewise */
    if (interrupt_requested())
        return interrupt_check(err);
    run->result->timed_out = true;
    return true;
}

static bool open_output_pipe(Launch *launch, Run *run, Error *err)
{
    HANDLE reading, writing;

    if (!CreatePipe(&reading, &writing, NULL, PIPE_SIZE))
        return error_set_os(err, ERR_PROCESS, "making a pipe");
    run->pipe = reading;
    launch->output = writing;
    return SetHandleInformation(writing, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) ||
           error_set_os(err, ERR_PROCESS, "making a pipe");
}

/* A job that does not end with its last handle: a daemon may stay behind, as on Linux. */
static bool make_job(Launch *launch, Run *run, Error *err)
{
    run->job = CreateJobObjectW(NULL, NULL);
    launch->job = run->job;
    return run->job || error_set_os(err, ERR_PROCESS, "making a job object");
}

bool process_run(const Spawn *spawn, int64_t timeout_ms, ProcessResult *result, Error *err)
{
    CLEANUP_LAUNCH Launch launch = {0};
    ProcessResult made = {.exit_status = -1};
    Run run = {.result = &made};
    ProcessId id;
    bool ok = launch_prepare(&launch, spawn, err) && open_output_pipe(&launch, &run, err) &&
              make_job(&launch, &run, err) && launch_run(&launch, &run.process, &id, err) &&
              finish_run(&run, timeout_ms, err);

    handle_close(run.process);
    handle_close(run.pipe);
    handle_close(run.job);
    if (!ok)
        return error_while(err, "running %s", spawn->argv[0]);
    *result = made;
    return true;
}
