/* See pipeline_undo.h. */
#include "deploy/pipeline_undo.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "deploy/hooks.h"
#include "deploy/pipeline.h"
#include "deploy/pipeline_step.h"

#include <stdio.h>

/* ---- undoing ---- */

static bool undo_stage(Deployment *deployment, size_t index, Error *err)
{
    Error trouble = {0};
    bool undone = true;

    step_enter(deployment, index);
    if (!pipeline_stage(index)->undo)
        return true;
    deployment_tell(deployment, (Event){.kind = EVENT_UNDO_BEGIN});
    undone = pipeline_stage(index)->undo(deployment, &trouble);
    deployment_tell(deployment, (Event){.kind = EVENT_UNDO_DONE,
                                        .took_ms = step_took_ms(deployment),
                                        .error = undone ? NULL : &trouble});
    if (undone)
        return step_save(deployment, index, STEP_UNDONE, "", err);
    *err = trouble;
    return error_while(err, "undoing %s", pipeline_stage(index)->name);
}

/* Newest first. Stops at the first stage that cannot be undone: what stands below it is still
 * needed by what could not be taken away (a release must not be stopped while traffic still goes to
 * it). */
static bool undo_stages(Deployment *deployment, size_t count, Error *err)
{
    while (count > 0)
        if (!undo_stage(deployment, --count, err))
            return false;
    deployment->stage = NULL; /* what is said from here on is about the whole */
    return true;
}

/* The deployment stays open: says how to go on. */
static bool leave_open(Deployment *deployment, Error *err)
{
    deployment_say_what_serves(deployment, err);
    return error_hint(err, "`godeploy deploy --resume` finishes it, `godeploy abort` undoes it.");
}

static bool undoing_failed(Deployment *deployment, const Error *cause, Error *trouble)
{
    Error both = *cause;

    both.code = ERR_STATE;
    both.hint[0] = '\0';
    (void)snprintf(both.message, sizeof both.message, "%.900s; and then %.900s", cause->message,
                   trouble->message);
    *trouble = both;
    return leave_open(deployment, trouble);
}

static void tell_failed(Deployment *deployment, const Error *err)
{
    deployment->stage = NULL; /* which one failed has been told; the last one is one undone since */
    deployment_tell(deployment,
                    (Event){.kind = EVENT_DEPLOYMENT_FAILED,
                            .error = err,
                            .took_ms = clock_wall_ms() - deployment->record.started_ms});
}

/* How many stages, from the first, may have had an effect. */
static bool count_begun(Deployment *deployment, size_t *count, Error *err)
{
    StepRecord step = {0};

    *count = 0;
    for (size_t i = 0; i < pipeline_stage_count(); i++) {
        if (!journal_find_step(deployment->app->journal, deployment->record.id,
                               pipeline_stage(i)->name, &step, err))
            return false;
        if (step.state != STEP_UNDONE)
            *count = i + 1;
    }
    return true;
}

/* A stage that fails has left nothing of its own behind. Where it was done again, what came after
 * it the first time stands on it, and is taken back first. */
static bool count_to_undo(Deployment *deployment, size_t index, bool effect_done, size_t *count,
                          Error *err)
{
    if (!count_begun(deployment, count, err))
        return false;
    if (*count <= index + 1)
        *count = effect_done ? index + 1 : index;
    return true;
}

/* Takes everything back and closes the deployment. */
static bool give_up(Deployment *deployment, size_t index, bool effect_done, Error *err)
{
    bool aborted = err->code == ERR_INTERRUPTED;
    size_t count = 0;
    Error trouble = {0};

    interrupt_hold();
    if (!count_to_undo(deployment, index, effect_done, &count, &trouble) ||
        !undo_stages(deployment, count, &trouble)) {
        (void)undoing_failed(deployment, err, &trouble);
        *err = trouble;
    } else {
        hooks_run_and_warn(deployment, HOOK_ON_FAILURE);
        deployment_say_what_serves(deployment, err);
        if (!step_close_deployment(deployment, aborted ? DEPLOYMENT_ABORTED : DEPLOYMENT_FAILED,
                                   err->message, &trouble))
            deployment_warn(deployment, "%s", trouble.message);
    }
    interrupt_release();
    tell_failed(deployment, err);
    return false;
}

/* A stage that says ERR_STATE could not clean up after itself: what stands below it is still
 * needed. */
static bool must_stay_open(size_t index, const Error *err)
{
    return pipeline_stage(index)->after == KEEP_NEW || err->code == ERR_STATE ||
           (err->code == ERR_INTERRUPTED && pipeline_is_after_flip(index));
}

bool pipeline_stage_failed(Deployment *deployment, size_t index, bool effect_done, Error *err)
{
    Error ignored = {0};

    (void)error_as(err, pipeline_stage(index)->failure);
    deployment_tell(deployment, (Event){.kind = EVENT_STAGE_FAILED,
                                        .error = err,
                                        .detail = deployment->detail,
                                        .took_ms = step_took_ms(deployment)});
    /* A journal that cannot be written is why we fail, or will say so when the deployment is
     * closed. */
    (void)step_save(deployment, index, STEP_FAILED, err->message, &ignored);
    if (must_stay_open(index, err)) {
        (void)leave_open(deployment, err);
        tell_failed(deployment, err);
        return false;
    }
    return give_up(deployment, index, effect_done, err);
}

static void tell_aborted(const Deployment *deployment, const char *text)
{
    deployment_tell(deployment,
                    (Event){.kind = EVENT_DEPLOYMENT_ABORTED,
                            .text = text,
                            .took_ms = clock_wall_ms() - deployment->record.started_ms});
}

bool pipeline_abort(Deployment *deployment, Error *err)
{
    static const char why[] = "aborted by the operator";
    size_t count = 0;

    if (!count_begun(deployment, &count, err))
        return false;
    interrupt_hold();
    if (!undo_stages(deployment, count, err)) {
        interrupt_release();
        (void)error_as(err, ERR_STATE);
        deployment_say_what_serves(deployment, err);
        return error_hint(err, "`godeploy deploy --resume` may still finish it.");
    }
    interrupt_release();
    hooks_run_and_warn(deployment, HOOK_ON_FAILURE);
    if (!step_close_deployment(deployment, DEPLOYMENT_ABORTED, why, err))
        return false;
    tell_aborted(deployment, why);
    return true;
}
