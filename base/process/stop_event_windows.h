/* stop_event: the word "finish your work and exit" to a program of godeploy on Windows, which has
 * no SIGTERM: a named event, Global\godeploy-stop-PID-STAMP, that the program makes and waits for,
 * and that whoever may stop it sets. It holds for every session of the host. For *_windows.c files
 * only.
 *
 * Only its owner and the system may set it, as the default security of a process is; of an elevated
 * one the owner is all administrators. Source: Microsoft Learn, "CreateEventW function", "Kernel
 * object namespaces". */
#ifndef GODEPLOY_BASE_PROCESS_STOP_EVENT_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_STOP_EVENT_WINDOWS_H

#include "base/process/process.h"

/* That of this process. Caller closes *event. An event of that name that is there already is not
 * ours, and an error. */
bool stop_event_make(void **event, Error *err);

/* True if `process` has one, and it is set now. */
bool stop_event_set(const ProcessId *process);

#endif
