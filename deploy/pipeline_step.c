/* See pipeline_step.h. */
#include "deploy/pipeline_step.h"

#include "base/clock.h"
#include "deploy/pipeline.h"

#include <stdio.h>

void step_enter(Deployment *deployment, size_t index)
{
    deployment_end(deployment);
    deployment->stage = pipeline_stage(index)->name;
    deployment->stage_index = (int)index;
    deployment->stage_started_ms = clock_monotonic_ms();
    deployment->last_progress_ms = 0;
    deployment->proof[0] = '\0';
    deployment->already = false;
    deployment->waits = false;
}

int64_t step_took_ms(const Deployment *deployment)
{
    return clock_monotonic_ms() - deployment->stage_started_ms;
}

bool step_save(Deployment *deployment, size_t index, StepState state, const char *text, Error *err)
{
    bool has_run = state == STEP_DONE || state == STEP_FAILED;
    StepRecord step = {.state = state,
                       .took_ms = state == STEP_INTENT ? -1 : step_took_ms(deployment)};

    step.started_ms = clock_wall_ms() - (step.took_ms > 0 ? step.took_ms : 0);
    (void)snprintf(step.stage, sizeof step.stage, "%s", pipeline_stage(index)->name);
    (void)snprintf(step.text, sizeof step.text, "%.511s", text);
    return journal_save_step(deployment->app->journal, deployment->record.id, &step,
                             has_run ? deployment->detail : NULL, err);
}

static bool write_intent(Deployment *deployment, size_t index, Error *err)
{
    return step_save(deployment, index, STEP_INTENT, "", err);
}

bool step_close_deployment(Deployment *deployment, DeploymentState state, const char *message,
                           Error *err)
{
    deployment->record.state = state;
    deployment->record.ended_ms = clock_wall_ms();
    (void)snprintf(deployment->record.message, sizeof deployment->record.message, "%.511s",
                   message);
    return journal_save_deployment(deployment->app->journal, &deployment->record, err);
}

/* What becomes durable together when a stage is done: its facts, "done", the record, and the intent
 * of the stage that follows, or the end of the deployment. One fsync for all of it. */
static bool write_outcome_rows(Deployment *deployment, size_t index, bool go_on, Error *err)
{
    if (pipeline_stage(index)->record && !pipeline_stage(index)->record(deployment, err))
        return false;
    if (!step_save(deployment, index, STEP_DONE, deployment->proof, err))
        return false;
    if (index + 1 == pipeline_stage_count())
        return step_close_deployment(deployment, DEPLOYMENT_DONE, "", err);
    if (!journal_save_deployment(deployment->app->journal, &deployment->record, err))
        return false;
    return !go_on || write_intent(deployment, index + 1, err);
}

bool step_finish(Deployment *deployment, size_t index, bool go_on, Error *err)
{
    Journal *journal = deployment->app->journal;

    if (!journal_begin(journal, err))
        return false;
    if (!write_outcome_rows(deployment, index, go_on, err)) {
        journal_rollback(journal);
        return false;
    }
    return journal_commit(journal, err);
}

void step_tell_end(const Deployment *deployment)
{
    deployment_tell(deployment,
                    (Event){.kind = deployment->already ? EVENT_STAGE_SKIPPED : EVENT_STAGE_DONE,
                            .text = deployment->proof,
                            .detail = deployment->detail,
                            .took_ms = step_took_ms(deployment)});
}

bool step_is_done(Deployment *deployment, size_t index, bool *done, Error *err)
{
    StepRecord step = {0};

    if (!journal_find_step(deployment->app->journal, deployment->record.id,
                           pipeline_stage(index)->name, &step, err))
        return false;
    *done = step.state == STEP_DONE;
    return true;
}

/* The first intent of a run. What came after a stage that is done again was proven of something
 * that is no more: a verdict on another download, the health of another process. */
static bool write_intents(Deployment *deployment, size_t first, Error *err)
{
    bool done = false;

    if (!write_intent(deployment, first, err))
        return false;
    for (size_t i = first + 1; i < pipeline_stage_count(); i++)
        if (!step_is_done(deployment, i, &done, err) || (done && !write_intent(deployment, i, err)))
            return false;
    return true;
}

bool step_begin_at(Deployment *deployment, size_t first, Error *err)
{
    Journal *journal = deployment->app->journal;

    if (!journal_begin(journal, err))
        return false;
    if (!write_intents(deployment, first, err)) {
        journal_rollback(journal);
        return false;
    }
    return journal_commit(journal, err);
}
