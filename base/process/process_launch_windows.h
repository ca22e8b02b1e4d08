/* process_launch: CreateProcessW with every error told. Inner part of
 * base/process/process_run_windows.c and of supervisors.
 *
 * No shell is asked, nothing is searched for but the folders of PATH, and no handle is inherited
 * but the standard ones. The program gets a console of its own without a window: what is typed at
 * ours never reaches it, and it can be asked to stop (base/process/process_stop_windows.c).
 *
 * Source: Microsoft Learn, "CreateProcessW function", "UpdateProcThreadAttribute function", "Job
 * Objects". */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_LAUNCH_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_PROCESS_LAUNCH_WINDOWS_H

#include "base/process/process.h"

#include <wchar.h>

typedef struct Launch {
    wchar_t *program;
    wchar_t *line;
    wchar_t *environment;
    wchar_t *folder;
    void *input;
    void *output; /* for stdout and stderr; inheritable */
    void *job;    /* borrowed: the process is in it from its first instruction; NULL: none */
    bool detached;
} Launch;

/* All but `output` and `job`, which are the caller's to set. */
bool launch_prepare(Launch *launch, const Spawn *spawn, Error *err);

/* Opens spawn->output_path to append to it; others may read, write, rename and delete it. */
bool launch_open_output(Launch *launch, const Spawn *spawn, Error *err);

/* *process is a handle with all rights that the caller closes. */
bool launch_run(const Launch *launch, void **process, ProcessId *out, Error *err);

void launch_close(Launch *launch);
#define CLEANUP_LAUNCH __attribute__((cleanup(launch_close)))

#endif
