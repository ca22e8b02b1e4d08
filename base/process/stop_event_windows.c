/* See stop_event_windows.h. */
#include "base/process/stop_event_windows.h"

#include "base/error_windows.h"
#include "base/handle_windows.h"

#include <stdio.h>
#include <windows.h>

enum { NAME_SIZE = 80 };

static const wchar_t *name_event(const ProcessId *process, wchar_t name[NAME_SIZE])
{
    (void)swprintf(name, NAME_SIZE, L"Global\\godeploy-stop-%lld-%016llx", (long long)process->pid,
                   (unsigned long long)process->stamp);
    return name;
}

bool stop_event_make(void **event, Error *err)
{
    CLEANUP(handle_close) HANDLE made = NULL;
    wchar_t name[NAME_SIZE];
    ProcessId own;

    if (!process_identify(process_own_pid(), &own, err))
        return false;
    made = CreateEventW(NULL, TRUE, FALSE, name_event(&own, name));
    if (!made)
        return error_set_os(err, ERR_PROCESS, "making the event that stops process %lld",
                            (long long)own.pid);
    if (GetLastError() == ERROR_ALREADY_EXISTS)
        return error_set(err, ERR_PROCESS, "another program made the event that stops process %lld",
                         (long long)own.pid);
    *event = TAKE(made);
    return true;
}

bool stop_event_set(const ProcessId *process)
{
    wchar_t name[NAME_SIZE];
    CLEANUP(handle_close)
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name_event(process, name));

    return event && SetEvent(event);
}
