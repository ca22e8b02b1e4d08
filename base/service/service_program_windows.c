/* See service_program.h.
 *
 * Three threads: the dispatcher (the one that called service_program_run, on which the SCM's
 * controls arrive), the SCM's own for ServiceMain, which tells the SCM how things are, and the one
 * of the work. */
#include "base/service/service_program.h"

#include "base/error_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

enum { TICK_MS = 1000, WAIT_HINT_MS = 10 * TICK_MS, STACK_BYTES = 1024 * 1024 };

struct ServiceProgram {
    const ServiceWork *work;
    SERVICE_STATUS_HANDLE status_handle;
    CRITICAL_SECTION guard; /* of what follows */
    SERVICE_STATUS status;
    bool asked_to_stop;

    bool done; /* what `run` said */
    Error error;
};

/* ServiceMain gets no context: one process is one service. Static, for its thread may take its last
 * breath when the dispatcher has already come back. */
static ServiceProgram the_program;

/* ---- what the SCM is told ---- */

static void report(ServiceProgram *program, DWORD state, DWORD wait_hint_ms)
{
    SERVICE_STATUS *status = &program->status;
    bool moves = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;

    status->dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status->dwCheckPoint = moves ? status->dwCheckPoint + 1 : 0;
    status->dwWaitHint = wait_hint_ms;
    status->dwCurrentState = state;
    status->dwControlsAccepted =
        state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN : 0;
    (void)SetServiceStatus(program->status_handle, status); /* nobody else could be told */
}

void service_program_ready(ServiceProgram *program)
{
    if (!program)
        return;
    EnterCriticalSection(&program->guard);
    if (!program->asked_to_stop)
        report(program, SERVICE_RUNNING, 0);
    LeaveCriticalSection(&program->guard);
}

/* Once a second: whoever works says so, or the SCM takes it for hung. */
static void tick(ServiceProgram *program)
{
    DWORD state;

    EnterCriticalSection(&program->guard);
    state = program->status.dwCurrentState;
    if (state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING)
        report(program, state, WAIT_HINT_MS);
    LeaveCriticalSection(&program->guard);
}

static void report_end(ServiceProgram *program)
{
    EnterCriticalSection(&program->guard);
    program->status.dwWin32ExitCode = program->done ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    program->status.dwServiceSpecificExitCode =
        program->done ? 0 : (DWORD)error_exit_status(program->error.code);
    report(program, SERVICE_STOPPED, 0);
    LeaveCriticalSection(&program->guard);
}

/* ---- what the SCM asks ---- */

static void ask_to_stop(ServiceProgram *program)
{
    bool first;

    EnterCriticalSection(&program->guard);
    first = !program->asked_to_stop;
    program->asked_to_stop = true;
    if (first)
        report(program, SERVICE_STOP_PENDING, WAIT_HINT_MS);
    LeaveCriticalSection(&program->guard);
    if (first)
        program->work->stop(program->work->context);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)type;
    (void)data;
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN: /* the system waits for us, as long as we asked it to */
        ask_to_stop(context);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* ---- the work ---- */

static DWORD WINAPI work_thread(LPVOID context)
{
    ServiceProgram *program = context;

    program->done = program->work->run(program->work->context, program, &program->error);
    return 0;
}

static void do_work(ServiceProgram *program)
{
    HANDLE thread = CreateThread(NULL, STACK_BYTES, work_thread, program, 0, NULL);

    if (!thread) {
        (void)error_set_windows(&program->error, ERR_SYSTEM, GetLastError(),
                                "starting a thread for service %s", program->work->name);
        return;
    }
    while (WaitForSingleObject(thread, TICK_MS) == WAIT_TIMEOUT)
        tick(program);
    (void)CloseHandle(thread);
}

static VOID WINAPI service_main(DWORD count, LPWSTR *words)
{
    ServiceProgram *program = &the_program;
    wchar_t *name = wide_from_utf8(program->work->name);

    (void)count;
    (void)words;
    program->status_handle = name ? RegisterServiceCtrlHandlerExW(name, on_control, program) : NULL;
    free(name);
    if (!program->status_handle) {
        (void)error_set_windows(&program->error, ERR_SYSTEM, GetLastError(),
                                "answering to the service control manager as %s",
                                program->work->name);
        return;
    }
    EnterCriticalSection(&program->guard);
    report(program, SERVICE_START_PENDING, WAIT_HINT_MS);
    LeaveCriticalSection(&program->guard);
    do_work(program);
    report_end(program); /* the process may end at any moment from here on */
}

/* ---- the process ---- */

/* A service has no console: without this all that it says would be lost. Each write goes to the
 * end, wherever others have brought that. */
static bool open_output(const char *path, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;

    if (!path)
        return true;
    if (!wide_path(path, &wide, err))
        return false;
    (void)_wfreopen(wide, L"ab", stdout);
    (void)_wfreopen(wide, L"ab", stderr);
    (void)setvbuf(stderr, NULL, _IONBF, 0);
    return true;
}

static bool dispatch(const ServiceWork *work, Error *err)
{
    wchar_t *name = wide_from_utf8(work->name);
    SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };
    bool dispatched;
    DWORD why;

    if (!name)
        return error_memory(err);
    dispatched = StartServiceCtrlDispatcherW(table) != 0; /* until the service has STOPPED */
    why = GetLastError();
    free(name);
    if (dispatched)
        return true;
    if (why == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
        return error_set(err, ERR_USAGE,
                         "not started as a service: the service control manager alone starts %s",
                         work->name);
    return error_set_windows(err, ERR_SYSTEM, why, "running as service %s", work->name);
}

bool service_program_run(const ServiceWork *work, Error *err)
{
    ServiceProgram *program = &the_program;

    program->work = work;
    InitializeCriticalSection(&program->guard);
    if (!open_output(work->output_path, err) || !dispatch(work, err))
        return false;
    if (!program->done)
        *err = program->error;
    return program->done;
}
