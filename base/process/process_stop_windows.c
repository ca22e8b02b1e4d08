/* See process.h: how a process on Windows is asked to stop. Our own programs wait for an event, any
 * other one hears CTRL_C on its console: a Go program sees os.Interrupt.
 *
 * CTRL_BREAK would need a process group of its own, in which CTRL_C is not heard; Go programs
 * mostly wait for os.Interrupt, and both arrive as that. A process without a console, or one that
 * is not a console program, cannot be asked. Source: Microsoft Learn, "GenerateConsoleCtrlEvent
 * function", "AttachConsole function". */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/process/process_identity_windows.h"
#include "base/process/stop_event_windows.h"

#include <windows.h>

enum { ASK_PATIENCE_MS = 1000, ASK_POLL_MS = 5 };

/* One that begins has no event yet, and one that ends has none any more. */
bool process_ask_to_stop(const ProcessId *process, Error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + ASK_PATIENCE_MS;

    do {
        if (stop_event_set(process) || !process_alive(process))
            return true;
        Sleep(ASK_POLL_MS);
    } while (clock_monotonic_ms() < deadline_ms);
    return error_set(err, ERR_PROCESS, "process %lld does not listen for the word to stop",
                     (long long)process->pid);
}

/* The word is for the others on that console, and may come to us when we have left it: from here on
 * this process ignores Ctrl-C. A handler would not do: FreeConsole() takes it away, and the one
 * that is left ends the process. Source: Microsoft Learn, "Console Control Handlers". */
static bool say_ctrl_c(const ProcessId *process, Error *err)
{
    bool said;

    (void)FreeConsole(); /* we may have had none */
    if (!AttachConsole((DWORD)process->pid))
        return error_set_os(err, ERR_PROCESS, "reaching the console of process %lld",
                            (long long)process->pid);
    said = SetConsoleCtrlHandler(NULL, TRUE) && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    if (!said)
        (void)error_set_os(err, ERR_PROCESS, "saying Ctrl-C to process %lld",
                           (long long)process->pid);
    (void)FreeConsole(); /* it would keep the console alive */
    return said;
}

bool process_ask_group_to_stop(const ProcessId *process, Error *err)
{
    CLEANUP(handle_close) HANDLE pinned = process_open(process, 0); /* its pid stays its own */
    DWORD number = GetLastError();
    Error failure = {0};

    if (!pinned && number == ERROR_INVALID_PARAMETER)
        return true; /* gone: a console of that pid would be somebody else's */
    if (!pinned)
        return error_set_windows(err, ERR_PROCESS, number, "asking process %lld to stop",
                                 (long long)process->pid);
    if (stop_event_set(process) || say_ctrl_c(process, &failure) || !process_alive(process))
        return true;
    *err = failure;
    return error_hint(err, "Only a console program can be asked: it is ended when its time is up.");
}

bool process_has_signals(void)
{
    return false;
}

bool process_signal(const ProcessId *process, ProcessSignal signal, Error *err)
{
    (void)signal;
    return error_set(err, ERR_PROCESS, "process %lld cannot be sent a signal: Windows has none",
                     (long long)process->pid);
}
