/* See family.h. */
#include "deploy/supervise/family.h"

#include "base/process/process_child_posix.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

enum { WATCH_EVERY_MS = 200 };

struct Family {
    const FamilyEvents *events;
    ProcessId instance; /* {0}: none */
    bool is_child;      /* its end will be told to us */
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_signal_t hangup;
    uv_signal_t child;
    uv_timer_t watch; /* of an adopted instance */
};

static void instance_ended(Family *family, const ProcessEnd *end)
{
    family->instance = (ProcessId){0};
    family->is_child = false;
    family->events->instance_ended(family->events->context, end);
}

/* Also the end of orphans comes here: they are taken, and that is all. */
static void on_child_signal(uv_signal_t *handle, int number)
{
    Family *family = handle->data;
    ProcessEnd end, instance = {0};

    (void)number;
    while (process_take_ended(&end))
        if (family->is_child && end.pid == family->instance.pid)
            instance = end;
    if (instance.pid)
        instance_ended(family, &instance);
    else
        family->events->member_ended(family->events->context);
}

static void on_watch(uv_timer_t *timer)
{
    Family *family = timer->data;

    if (process_alive(&family->instance))
        return;
    (void)uv_timer_stop(timer);
    instance_ended(family, NULL);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    Family *family = handle->data;

    (void)number;
    family->events->stop_wanted(family->events->context);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    (void)handle;
    (void)number; /* a terminal that goes is nothing to us */
}

static bool start_handles(Family *family, uv_loop_t *loop, Error *err)
{
    int result = 0;

    family->terminate.data = family->interrupt.data = family->hangup.data = family;
    family->child.data = family->watch.data = family;
    (void)uv_signal_init(loop, &family->terminate); /* these only fill in the handle */
    (void)uv_signal_init(loop, &family->interrupt);
    (void)uv_signal_init(loop, &family->hangup);
    (void)uv_signal_init(loop, &family->child);
    (void)uv_timer_init(loop, &family->watch);
    if ((result = uv_signal_start(&family->terminate, on_stop_signal, SIGTERM)) != 0 ||
        (result = uv_signal_start(&family->interrupt, on_stop_signal, SIGINT)) != 0 ||
        (result = uv_signal_start(&family->hangup, on_hangup, SIGHUP)) != 0 ||
        (result = uv_signal_start(&family->child, on_child_signal, SIGCHLD)) != 0)
        return error_set(err, ERR_PROCESS, "listening for signals: %s", uv_strerror(result));
    return true;
}

/* From now on a descendant that loses its parent becomes our child. Source: prctl(2). */
static bool inherit_orphans(Error *err)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "becoming the parent of orphans");
    return true;
}

bool family_open(uv_loop_t *loop, const FamilyEvents *events, Family **out, Error *err)
{
    Family *family = calloc(1, sizeof *family);

    if (!family)
        return error_memory(err);
    *out = family;
    family->events = events;
    return start_handles(family, loop, err) && inherit_orphans(err);
}

bool family_start(Family *family, const Spawn *spawn, ProcessId *out, Error *err)
{
    if (!process_start_child(spawn, &family->instance, err))
        return false;
    family->is_child = true;
    *out = family->instance;
    return true;
}

bool family_adopt(Family *family, const ProcessId *instance, Error *err)
{
    int result = uv_timer_start(&family->watch, on_watch, 0, WATCH_EVERY_MS);

    if (result != 0)
        return error_set(err, ERR_PROCESS, "watching process %lld: %s", (long long)instance->pid,
                         uv_strerror(result));
    family->instance = *instance;
    return true;
}

bool family_ask_to_stop(Family *family, Error *err)
{
    (void)uv_timer_stop(&family->watch); /* who stops it looks himself */
    return !family->instance.pid || process_ask_group_to_stop(&family->instance, err);
}

bool family_kill(Family *family, Error *err)
{
    bool killed = process_kill_tree(&family->instance, err);

    return process_kill_descendants(process_own_pid(), err) && killed;
}

bool family_is_gone(Family *family)
{
    return !family->is_child && !(family->instance.pid && process_alive(&family->instance)) &&
           process_count_descendants(process_own_pid()) == 0;
}

void family_close(Family *family)
{
    if (!family)
        return;
    uv_close((uv_handle_t *)&family->terminate, NULL);
    uv_close((uv_handle_t *)&family->interrupt, NULL);
    uv_close((uv_handle_t *)&family->hangup, NULL);
    uv_close((uv_handle_t *)&family->child, NULL);
    uv_close((uv_handle_t *)&family->watch, NULL);
}

void family_free(Family *family)
{
    free(family);
}
