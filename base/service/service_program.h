/* service_program: this program as a service of Windows: what the service control manager (SCM)
 * asks of it, behind one function.
 *
 * A program that was told by an argument that it is a service hands its work over here. The SCM
 * sees STARTING until service_program_ready(), RUNNING until it is asked to stop, STOPPING with a
 * checkpoint each second while the work comes to its end, and STOPPED when it has.
 *
 * service_program_windows.c does it; service_program_posix.c has no such manager to answer.
 * Source: https://learn.microsoft.com/windows/win32/services/service-programs */
#ifndef GODEPLOY_BASE_SERVICE_SERVICE_PROGRAM_H
#define GODEPLOY_BASE_SERVICE_SERVICE_PROGRAM_H

#include "base/error.h"

typedef struct ServiceProgram ServiceProgram;

typedef struct ServiceWork {
    const char *name;        /* of the service, as the SCM knows it */
    const char *output_path; /* stdout and stderr are appended there; NULL: thrown away */

    /* The work itself, on a thread of its own: comes back when it is done. False: the service has
     * failed, with the exit status of `err`, and the SCM's recovery ladder may restart it. */
    bool (*run)(void *context, ServiceProgram *program, Error *err);

    /* Asks `run` to come to its end: the service is stopped, or the system goes down. Called once
     * at most, on another thread, perhaps before `run` is; returns at once. */
    void (*stop)(void *context);

    void *context;
} ServiceWork;

/* Runs `work` as the service that the SCM has started this process for, and comes back when it has
 * ended. ERR_USAGE if the SCM did not start this process; else what `run` said. */
bool service_program_run(const ServiceWork *work, Error *err);

/* Called by `run` once it does its work: the SCM sees RUNNING. Without it, after 30 s the SCM may
 * take the start for failed. Accepts NULL, for a `run` that is also called without a service. */
void service_program_ready(ServiceProgram *program);

#endif
