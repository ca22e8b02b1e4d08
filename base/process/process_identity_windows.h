/* process_identity: what tells a process from every other one on Windows: when it was created. For
 * *_windows.c files only. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_IDENTITY_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_PROCESS_IDENTITY_WINDOWS_H

#include "base/process/process.h"

/* The stamp of the process behind a handle with PROCESS_QUERY_LIMITED_INFORMATION; 0 if it cannot
 * be read. */
uint64_t process_stamp_of(void *handle);

/* A handle to that very process, with `access` and the right to ask and to wait; while it is open
 * the pid belongs to nobody else. NULL with GetLastError() if we may not, and NULL with
 * ERROR_INVALID_PARAMETER if the process is gone. Caller closes it. */
void *process_open(const ProcessId *process, unsigned long access);

#endif
