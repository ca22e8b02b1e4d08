/* See family.h. What happens is noticed on threads of the system's pool, which only wake the loop.
 *
 * A job object holds the instance and all that it starts; nothing can leave it. It has no
 * KILL_ON_JOB_CLOSE: a supervisor that is killed must not take the instance with it.
 * Source: Microsoft Learn, "Job Objects", "RegisterWaitForSingleObject function". */
#include "deploy/supervise/family.h"

#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/process/process_identity_windows.h"
#include "base/process/process_launch_windows.h"
#include "base/process/process_table_windows.h"
#include "base/process/stop_event_windows.h"

#include <windows.h>

enum { KILLED_STATUS = 1 };

struct Family {
    const FamilyEvents *events;
    uv_async_t woken;
    HANDLE stop_event;
    HANDLE stop_wait;
    HANDLE job;
    ProcessId id; /* of the instance; {0}: none */
    HANDLE instance;
    HANDLE instance_wait;
};

/* ---- what is heard ---- */

static void CALLBACK wake_loop(void *async, BOOLEAN timed_out)
{
    (void)timed_out;
    (void)uv_async_send(async); /* it is closed after the last wait */
}

static bool wait_for(Family *family, HANDLE what, HANDLE *wait, Error *err)
{
    return RegisterWaitForSingleObject(wait, what, wake_loop, &family->woken, INFINITE,
                                       WT_EXECUTEONLYONCE) ||
           error_set_os(err, ERR_PROCESS, "waiting for an event");
}

/* Comes back when no callback of it runs any more. */
static void stop_waiting(HANDLE *wait)
{
    if (*wait)
        (void)UnregisterWaitEx(*wait, INVALID_HANDLE_VALUE); /* there is no other way out */
    *wait = NULL;
}

static bool is_signalled(HANDLE handle)
{
    return handle && WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

static void forget_instance(Family *family)
{
    stop_waiting(&family->instance_wait);
    handle_close(family->instance);
    family->instance = NULL;
    family->id = (ProcessId){0};
}

static void take_end(Family *family)
{
    ProcessEnd end = {.pid = family->id.pid};
    DWORD status = 0;
    bool known = GetExitCodeProcess(family->instance, &status);

    end.exit_status = (int)status; /* as PowerShell shows it */
    forget_instance(family);
    family->events->instance_ended(family->events->context, known ? &end : NULL);
}

static void on_woken(uv_async_t *async)
{
    Family *family = async->data;

    if (is_signalled(family->stop_event))
        family->events->stop_wanted(family->events->context);
    if (is_signalled(family->instance))
        take_end(family);
}

/* ---- its life ---- */

bool family_open(uv_loop_t *loop, const FamilyEvents *events, Family **out, Error *err)
{
    CLEANUP(free) Family *family = calloc(1, sizeof *family);
    int result;

    if (!family)
        return error_memory(err);
    family->events = events;
    family->woken.data = family;
    result = uv_async_init(loop, &family->woken, on_woken);
    if (result != 0)
        return error_set(err, ERR_PROCESS, "preparing the event loop: %s", uv_strerror(result));
    *out = family;
    family = NULL;       /* the loop has it now */
    (void)FreeConsole(); /* so that it can visit that of the instance; there may be none */
    return stop_event_make(&(*out)->stop_event, err) &&
           wait_for(*out, (*out)->stop_event, &(*out)->stop_wait, err);
}

void family_close(Family *family)
{
    if (!family)
        return;
    forget_instance(family);
    stop_waiting(&family->stop_wait);
    uv_close((uv_handle_t *)&family->woken, NULL);
}

void family_free(Family *family)
{
    if (!family)
        return;
    handle_close(family->stop_event);
    handle_close(family->job);
    free(family);
}

/* ---- the instance ---- */

/* A new one each time: what was in the last one has been ended. */
static bool make_job(Family *family, Error *err)
{
    handle_close(family->job);
    family->job = CreateJobObjectW(NULL, NULL);
    return family->job || error_set_os(err, ERR_PROCESS, "making a job object");
}

/* Whoever started us may have been deaf to Ctrl-C, and so are we once we have said it to an
 * instance (process_ask_group_to_stop()). That is inherited: the next instance must not be. */
static void hear_ctrl_c(void)
{
    (void)SetConsoleCtrlHandler(NULL, FALSE); /* fails for what is no flag */
}

bool family_start(Family *family, const Spawn *spawn, ProcessId *out, Error *err)
{
    CLEANUP_LAUNCH Launch launch = {0};

    if (!make_job(family, err))
        return false;
    launch.job = family->job;
    hear_ctrl_c();
    if (!launch_prepare(&launch, spawn, err) || !launch_open_output(&launch, spawn, err) ||
        !launch_run(&launch, &family->instance, &family->id, err))
        return error_while(err, "starting %s", spawn->argv[0]);
    *out = family->id;
    if (wait_for(family, family->instance, &family->instance_wait, err))
        return true;
    (void)TerminateJobObject(family->job, KILLED_STATUS); /* nobody would hear of its end */
    forget_instance(family);
    return false;
}

/* A process that cannot be put into the job is found by its parents, if at all. */
static void put_into_job(const Family *family, const ProcessId *process)
{
    CLEANUP(handle_close)
    HANDLE opened = process_open(process, PROCESS_SET_QUOTA | PROCESS_TERMINATE);

    if (opened)
        (void)AssignProcessToJobObject(family->job, opened);
}

static void put_tree_into_job(const Family *family, const ProcessId *root)
{
    CLEANUP_PROCESS_TABLE ProcessTable table = {0};
    Error ignored = {0};

    put_into_job(family, root); /* first: what it starts from now on is in it too */
    if (!process_table_read(&table, &ignored))
        return;
    for (size_t i = 0; i < table.count; i++)
        if (process_table_descends(&table, &table.rows[i], root->pid))
            put_into_job(family,
                         &(ProcessId){.pid = table.rows[i].pid, .stamp = table.rows[i].created});
}

bool family_adopt(Family *family, const ProcessId *instance, Error *err)
{
    family->instance = process_open(instance, 0);
    if (!family->instance)
        return error_set_os(err, ERR_PROCESS, "opening process %lld", (long long)instance->pid);
    family->id = *instance;
    if (!make_job(family, err))
        return false;
    put_tree_into_job(family, instance);
    return wait_for(family, family->instance, &family->instance_wait, err);
}

bool family_ask_to_stop(Family *family, Error *err)
{
    return !family->id.pid || process_ask_group_to_stop(&family->id, err);
}

bool family_kill(Family *family, Error *err)
{
    ProcessId instance = family->id;

    if (family->job && !TerminateJobObject(family->job, KILLED_STATUS))
        return error_set_os(err, ERR_PROCESS, "ending the job object of the instance");
    return process_kill_tree(&instance, err);
}

bool family_is_gone(Family *family)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION job = {0};

    if (family->instance) /* else its end has been told */
        return false;
    return !family->job ||
           (QueryInformationJobObject(family->job, JobObjectBasicAccountingInformation, &job,
                                      sizeof job, NULL) &&
            job.ActiveProcesses == 0);
}
