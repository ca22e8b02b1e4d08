/* See interrupt.h. Source: SetConsoleCtrlHandler, HandlerRoutine. */
#include "base/interrupt.h"

#include <stdatomic.h>
#include <windows.h>

/* The system runs the handler in a thread of its own. */
static atomic_int requested; /* how often */
static atomic_int holds;

/* Once it returns from a closed window or a shutdown, the process is ended in the middle of
 * whatever it does. It does not return: the system waits for some seconds, in which the command can
 * come to its end. A logoff is told to services alone (a CI agent's, and us below it), whoever it
 * is that logs off: it is none of our business. */
static BOOL WINAPI remember(DWORD event)
{
    if (event == CTRL_LOGOFF_EVENT)
        return TRUE;
    (void)atomic_fetch_add(&requested, 1);
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

void interrupt_install(void)
{
    (void)SetConsoleCtrlHandler(remember, TRUE); /* without a console nobody presses Ctrl-C */
}

bool interrupt_requested(void)
{
    return atomic_load(&requested) > 0 && atomic_load(&holds) == 0;
}

int interrupt_count(void)
{
    return atomic_load(&requested);
}

void interrupt_hold(void)
{
    (void)atomic_fetch_add(&holds, 1);
}

void interrupt_release(void)
{
    (void)atomic_fetch_sub(&holds, 1);
}

bool interrupt_check(Error *err)
{
    return interrupt_requested() ? error_set(err, ERR_INTERRUPTED, "interrupted") : true;
}
