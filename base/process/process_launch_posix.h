/* process_launch: fork and exec with every error told. Inner part of
 * base/process/process_run_posix.c.
 *
 * Everything that can fail or allocate is done before fork(): the child uses only calls that are
 * safe after it (signal-safety(7)). A socket pair that closes on exec tells the caller how far the
 * child came: READY with its pid; then the child waits until the caller has read its start time, so
 * that even a program that ends at once has an identity; then the end of the stream says that it
 * runs, or a report says why not.
 *
 * Source: fork(2), setsid(2), execve(2), close_range(2). */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_LAUNCH_POSIX_H
#define GODEPLOY_BASE_PROCESS_PROCESS_LAUNCH_POSIX_H

#include "base/process/process.h"

/* What the child needs, all of it made before fork(). Descriptors are above 2, -1 if none: begin
 * with
 * {.input = -1, .output = -1, .parent_end = -1, .child_end = -1}. */
typedef struct Launch {
    char *program;
    char **argv;
    char **environment;
    const char *folder; /* borrowed */
    int input;
    int output;
    int parent_end;
    int child_end;
    bool detached;
} Launch;

/* All but `output`, which the caller opens with launch_keep_fd(). */
bool launch_prepare(Launch *launch, const Spawn *spawn, Error *err);

/* Takes `fd` over, above the standard streams. False, with errno, if it is -1 or that fails. */
bool launch_keep_fd(int fd, int *out);

/* *child is our own child: the program, or, detached, the one in between (already reaped). */
bool launch_run(Launch *launch, int64_t *child, ProcessId *out, Error *err);
void launch_reap(int64_t child);

void launch_close_fd(int *fd);
void launch_close(Launch *launch);
#define CLEANUP_LAUNCH __attribute__((cleanup(launch_close)))

#endif
