/* stage_start: the new release runs in the free slot, beside the one that serves.
 *
 * Main path: after unpack. Proof: the process that listens on the side port is our instance. Slot
 * and instance were written into the journal before this stage began, so that whatever a crash
 * leaves running can be named. */
#include "base/interrupt.h"
#include "base/text.h"
#include "deploy/drain.h"
#include "deploy/exclusive.h"
#include "deploy/hooks.h"
#include "deploy/instance.h"
#include "deploy/release/release.h"
#include "deploy/stage.h"

#include <stdio.h>

static void prove(Deployment *deployment, bool started)
{
    const App *app = deployment->app;
    unsigned port = app->settings->traffic.slots[deployment->record.slot];
    Json *detail = deployment_detail(deployment);
    InstanceState state = {0};
    Error ignored = {0};

    (void)instance_look(app, deployment->record.slot, &state, &ignored);
    (void)json_put_text(detail, "slot", slot_name(deployment->record.slot));
    (void)json_put_integer(detail, "port", port);
    (void)json_put_integer(detail, "pid", state.process.pid);
    if (started)
        deployment_proof(deployment, "slot %s, process %lld listens on %u",
                         slot_name(deployment->record.slot), (long long)state.process.pid, port);
    else
        deployment_already(deployment, "it is still warm: slot %s, process %lld listens on %u",
                           slot_name(deployment->record.slot), (long long)state.process.pid, port);
}

static bool start(Deployment *deployment, const Instance *instance, bool *started, Error *err)
{
    const App *app = deployment->app;

    if (!instance_runs(app, instance) && !hooks_run(deployment, HOOK_BEFORE_START, err))
        return false;
    if (instance_start(app, instance, app->settings->check.deadline_ms, started, err))
        return true;
    return error_while(err, "starting release %s in slot %s", instance->version,
                       slot_name(instance->slot));
}

/* Nothing of its own is left behind: the old release serves again. Where even that fails, what is
 * unpacked must stay for whoever mends it. */
static bool start_failed(Deployment *deployment, Error *err)
{
    Error cause = *err, trouble = {0};
    bool back = false;

    interrupt_hold();
    back = exclusive_give_back(deployment, &trouble);
    interrupt_release();
    if (back)
        return false;
    return error_set(err, ERR_STATE, "%.900s; and %.900s", cause.message, trouble.message);
}

bool stage_start(Deployment *deployment, Error *err)
{
    Instance instance = deployment_instance(deployment);
    bool started = false;

    if (!exclusive_make_room(deployment, err) || !start(deployment, &instance, &started, err))
        return start_failed(deployment, err);
    prove(deployment, started);
    return true;
}

bool record_start(Deployment *deployment, Error *err)
{
    SlotRecord record = {0};

    (void)snprintf(record.version, sizeof record.version, "%s", deployment->record.version);
    (void)snprintf(record.instance, sizeof record.instance, "%s", deployment->record.instance);
    return journal_save_instance(deployment->app->journal, deployment->record.slot, &record, err);
}

/* Traffic has gone back, but a request that came before that may still be under way here. An engine
 * that cannot count has none to this slot, or is not there. */
static void finish_requests(Deployment *deployment)
{
    DrainBudget budget = drain_budget(deployment->app->settings);
    DrainReport report = {0};
    Error ignored = {0};

    (void)drain_slot(deployment, deployment->record.slot, &budget, &report, &ignored);
}

/* Only our own instance: if it never started, the slot may hold a warm one. */
static bool stop_new(Deployment *deployment, bool *stopped, Error *err)
{
    InstanceState state = {0};
    StopReport report = {0};

    *stopped = false;
    if (deployment->record.slot == SLOT_NONE)
        return true;
    if (!instance_look(deployment->app, deployment->record.slot, &state, err))
        return false;
    if (state.state == INSTANCE_ABSENT || !text_equal(state.instance, deployment->record.instance))
        return true;
    finish_requests(deployment);
    *stopped = instance_stop(deployment->app, deployment->record.slot, &report, err);
    return *stopped;
}

/* The old release comes back whether or not the journal can be written. */
bool undo_start(Deployment *deployment, Error *err)
{
    const SlotRecord nobody = {0};
    bool stopped = false;

    return stop_new(deployment, &stopped, err) && exclusive_give_back(deployment, err) &&
           (!stopped ||
            journal_save_instance(deployment->app->journal, deployment->record.slot, &nobody, err));
}

bool holds_start(Deployment *deployment)
{
    Instance instance = deployment_instance(deployment);

    return instance_runs(deployment->app, &instance);
}
