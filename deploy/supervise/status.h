/* status: what the supervisor tells everybody else, the file SLOT.state.json: written aside and
 * renamed at each change. Read by deploy/runner/instance_record.c. */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_STATUS_H
#define GODEPLOY_DEPLOY_SUPERVISE_STATUS_H

#include "base/error.h"
#include "base/process/process.h"
#include "deploy/supervise/plan.h"

enum { LAST_EXIT_SIZE = 256 };

typedef struct Status {
    ProcessId supervisor;
    ProcessId instance; /* {0}: none */
    const char *state;  /* "starting", "running", "waiting", "stopping", "stopped", "gave_up" */
    int restarts;
    char last_exit[LAST_EXIT_SIZE]; /* "" before the first one */
    bool graceful;                  /* once stopped: nothing had to be killed */
    int64_t since_ms;               /* of this state, wall clock */
    int64_t until_ms;               /* "waiting": when it is started again, wall clock */
    int64_t started_ms;             /* of the instance */
    uint64_t log_start;             /* offset in the live log at which the instance began */
} Status;

bool status_write(const Plan *plan, const Status *status, Error *err);

/* For adopting: takes over what the former supervisor had written. A missing or broken file changes
 * nothing. */
void status_continue(const Plan *plan, Status *status);

/* The instance that a former supervisor wrote down, where it still runs; {0} if there is none. */
ProcessId status_find_running(const Plan *plan);

/* "exit status 3", "signal 9 (killed)"; on Windows, where a crash is a negative status,
 * "exit status 0xC0000005 (access violation)". */
void status_describe_exit(Status *status, int64_t exit_status, int signal);

#endif
