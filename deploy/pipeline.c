/* pipeline: the order of a deployment, and the only loop over it.
 *
 * Main path: cli/main.c, cli/cmd_deploy.c, here, stage_fetch.c ... stage_retire.c.
 *
 * What always holds: before a stage touches anything its intent is durable, and its outcome is
 * before the next stage touches anything. So a kill -9 or a power cut at any instant leaves a
 * journal that names the one stage whose effect may be half done, and every stage looks before it
 * acts. */
#include "deploy/pipeline.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "deploy/hooks.h"
#include "deploy/instance.h"
#include "deploy/stage.h"

#include <stdio.h>
#include <string.h>

typedef enum AfterFailure {
    UNDO_ALL, /* the old release serves on as if nothing had happened */
    KEEP_NEW  /* the new one has proven itself; what is left can be finished later */
} AfterFailure;

typedef struct Stage {
    const char *name;
    bool (*run)(Deployment *deployment, Error *err);
    bool (*record)(Deployment *deployment, Error *err);
    bool (*undo)(Deployment *deployment, Error *err);
    bool (*holds)(Deployment *deployment);
    AfterFailure after;
    ErrorCode failure; /* the exit status of what has no clearer one */
} Stage;

/* The order is the promise of the README: the old release serves until `flip`, then the new one. */
static const Stage stages[] = {
    {"fetch",  stage_fetch,  NULL,          undo_fetch,  holds_fetch,  UNDO_ALL, ERR_FETCH       },
    {"verify", stage_verify, NULL,          NULL,        holds_verify, UNDO_ALL, ERR_REFUSED     },
    {"unpack", stage_unpack, record_unpack, undo_unpack, holds_unpack, UNDO_ALL, ERR_UNPACK      },
    {"start",  stage_start,  record_start,  undo_start,  holds_start,  UNDO_ALL, ERR_START       },
    {"check",  stage_check,  NULL,          NULL,        NULL,         UNDO_ALL, ERR_UNHEALTHY   },
    {"flip",   stage_flip,   record_flip,   undo_flip,   holds_flip,   UNDO_ALL, ERR_FLIP        },
    {"watch",  stage_watch,  record_watch,  undo_watch,  NULL,         UNDO_ALL, ERR_FLIPPED_BACK},
    {"drain",  stage_drain,  NULL,          NULL,        NULL,         KEEP_NEW, ERR_INTERNAL    },
    {"retire", stage_retire, NULL,          NULL,        NULL,         KEEP_NEW, ERR_INTERNAL    },
};

enum { STAGE_COUNT = sizeof stages / sizeof stages[0], STAGE_FLIP = 5 };

size_t pipeline_stage_count(void)
{
    return STAGE_COUNT;
}

const char *pipeline_stage_name(size_t index)
{
    return stages[index].name;
}

/* ---- one stage ---- */

static void enter_stage(Deployment *deployment, size_t index)
{
    deployment_end(deployment);
    deployment->stage = stages[index].name;
    deployment->stage_index = (int)index;
    deployment->stage_started_ms = clock_monotonic_ms();
    deployment->last_progress_ms = 0;
    deployment->proof[0] = '\0';
    deployment->already = false;
}

static int64_t stage_took_ms(const Deployment *deployment)
{
    return clock_monotonic_ms() - deployment->stage_started_ms;
}

static bool save_step(Deployment *deployment, size_t index, StepState state, const char *text,
                      Error *err)
{
    StepRecord step = {.state = state,
                       .took_ms = state == STEP_INTENT ? -1 : stage_took_ms(deployment)};

    step.started_ms = clock_wall_ms() - (step.took_ms > 0 ? step.took_ms : 0);
    (void)snprintf(step.stage, sizeof step.stage, "%s", stages[index].name);
    (void)snprintf(step.text, sizeof step.text, "%.511s", text);
    return journal_save_step(deployment->app->journal, deployment->record.id, &step,
                             state == STEP_DONE ? deployment->detail : NULL, err);
}

static bool write_intent(Deployment *deployment, size_t index, Error *err)
{
    return save_step(deployment, index, STEP_INTENT, "", err);
}

static bool close_record(Deployment *deployment, DeploymentState state, const char *message,
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
    if (stages[index].record && !stages[index].record(deployment, err))
        return false;
    if (!save_step(deployment, index, STEP_DONE, deployment->proof, err))
        return false;
    if (index + 1 == STAGE_COUNT)
        return close_record(deployment, DEPLOYMENT_DONE, "", err);
    if (!journal_save_deployment(deployment->app->journal, &deployment->record, err))
        return false;
    return !go_on || write_intent(deployment, index + 1, err);
}

static bool write_outcome(Deployment *deployment, size_t index, bool go_on, Error *err)
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

static void tell_stage_end(const Deployment *deployment)
{
    deployment_tell(deployment,
                    (Event){.kind = deployment->already ? EVENT_STAGE_SKIPPED : EVENT_STAGE_DONE,
                            .text = deployment->proof,
                            .detail = deployment->detail,
                            .took_ms = stage_took_ms(deployment)});
}

static bool stage_is_done(Deployment *deployment, size_t index, bool *done, Error *err)
{
    StepRecord step = {0};

    if (!journal_find_step(deployment->app->journal, deployment->record.id, stages[index].name,
                           &step, err))
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
    for (size_t i = first + 1; i < STAGE_COUNT; i++)
        if (!stage_is_done(deployment, i, &done, err) ||
            (done && !write_intent(deployment, i, err)))
            return false;
    return true;
}

static bool begin_at(Deployment *deployment, size_t first, Error *err)
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

/* ---- failure and undoing ---- */

static bool undo_stage(Deployment *deployment, size_t index, Error *err)
{
    Error trouble = {0};
    bool undone = true;

    enter_stage(deployment, index);
    if (!stages[index].undo)
        return true;
    deployment_tell(deployment, (Event){.kind = EVENT_UNDO_BEGIN});
    undone = stages[index].undo(deployment, &trouble);
    deployment_tell(deployment, (Event){.kind = EVENT_UNDO_DONE,
                                        .took_ms = stage_took_ms(deployment),
                                        .error = undone ? NULL : &trouble});
    if (undone)
        return save_step(deployment, index, STEP_UNDONE, "", err);
    *err = trouble;
    return error_while(err, "undoing %s", stages[index].name);
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
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (!journal_find_step(deployment->app->journal, deployment->record.id, stages[i].name,
                               &step, err))
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
        if (!close_record(deployment, aborted ? DEPLOYMENT_ABORTED : DEPLOYMENT_FAILED,
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
    return stages[index].after == KEEP_NEW || err->code == ERR_STATE ||
           (err->code == ERR_INTERRUPTED && index > STAGE_FLIP);
}

static bool stage_failed(Deployment *deployment, size_t index, bool effect_done, Error *err)
{
    Error ignored = {0};

    (void)error_as(err, stages[index].failure);
    deployment_tell(
        deployment,
        (Event){.kind = EVENT_STAGE_FAILED, .error = err, .took_ms = stage_took_ms(deployment)});
    /* A journal that cannot be written is why we fail, or will say so when the deployment is
     * closed. */
    (void)save_step(deployment, index, STEP_FAILED, err->message, &ignored);
    if (must_stay_open(index, err)) {
        (void)leave_open(deployment, err);
        tell_failed(deployment, err);
        return false;
    }
    return give_up(deployment, index, effect_done, err);
}

/* ---- running ---- */

/* The intent is durable already. `go_on`: the next stage follows in this process. */
static bool run_stage(Deployment *deployment, size_t index, bool go_on, Error *err)
{
    enter_stage(deployment, index);
    deployment_tell(deployment, (Event){.kind = EVENT_STAGE_BEGIN});
    if (!interrupt_check(err) || !stages[index].run(deployment, err))
        return stage_failed(deployment, index, false, err);
    if (!write_outcome(deployment, index, go_on, err))
        return stage_failed(deployment, index, true, err);
    tell_stage_end(deployment);
    return true;
}

static bool stage_holds(Deployment *deployment, size_t index)
{
    return !stages[index].holds || stages[index].holds(deployment);
}

/* The first stage that is not done, or whose proof no longer holds (after a reboot). */
static bool find_first(Deployment *deployment, size_t *first, Error *err)
{
    bool done = false;

    for (*first = 0; *first < STAGE_COUNT; (*first)++) {
        if (!stage_is_done(deployment, *first, &done, err))
            return false;
        if (!done || !stage_holds(deployment, *first))
            return true;
        enter_stage(deployment, *first);
        deployment_already(deployment, "already done");
        tell_stage_end(deployment);
    }
    return true;
}

static void tell_done(Deployment *deployment)
{
    char text[JOURNAL_LINE_SIZE];

    deployment_end(deployment);
    deployment->stage = NULL;
    (void)snprintf(text, sizeof text, "release %s serves", deployment->record.version);
    deployment_tell(deployment,
                    (Event){.kind = EVENT_DEPLOYMENT_DONE,
                            .text = text,
                            .took_ms = clock_wall_ms() - deployment->record.started_ms});
}

bool pipeline_run(Deployment *deployment, Error *err)
{
    size_t first = 0;

    if (!find_first(deployment, &first, err))
        return false;
    if (first < STAGE_COUNT && !begin_at(deployment, first, err))
        return false;
    for (size_t i = first; i < STAGE_COUNT; i++)
        if (!run_stage(deployment, i, true, err))
            return false;
    tell_done(deployment);
    return true;
}

static bool find_stage(const char *name, size_t *out)
{
    for (*out = 0; *out < STAGE_COUNT; (*out)++)
        if (text_equal(stages[*out].name, name))
            return true;
    return false;
}

static bool earlier_stages_are_done(Deployment *deployment, size_t index, Error *err)
{
    bool done = false;

    for (size_t i = 0; i < index; i++) {
        if (!stage_is_done(deployment, i, &done, err))
            return false;
        if (done && stage_holds(deployment, i))
            continue;
        (void)error_set(err, ERR_ORDER, "%s cannot run yet: %s %s", stages[index].name,
                        stages[i].name, done ? "no longer holds" : "has not been done");
        return error_hint(err, "Run `godeploy %s`%s first.", stages[i].name, done ? " again" : "");
    }
    return true;
}

bool pipeline_run_stage(Deployment *deployment, const char *stage, bool *already, Error *err)
{
    size_t index = 0;
    bool done = false;

    if (!find_stage(stage, &index))
        return error_set(err, ERR_INTERNAL, "there is no stage %s", stage);
    if (!earlier_stages_are_done(deployment, index, err) ||
        !stage_is_done(deployment, index, &done, err))
        return false;
    *already = done && stage_holds(deployment, index);
    if (*already) {
        enter_stage(deployment, index);
        deployment_already(deployment, "already done");
        tell_stage_end(deployment);
        return true;
    }
    if (!begin_at(deployment, index, err) || !run_stage(deployment, index, false, err))
        return false;
    if (index + 1 == STAGE_COUNT)
        tell_done(deployment);
    return true;
}

bool pipeline_abort(Deployment *deployment, Error *err)
{
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
    return close_record(deployment, DEPLOYMENT_ABORTED, "aborted by the operator", err);
}

bool pipeline_next_stage(Journal *journal, int64_t deployment, const char **out, Error *err)
{
    StepRecord step = {0};

    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (!journal_find_step(journal, deployment, stages[i].name, &step, err))
            return false;
        *out = stages[i].name;
        if (step.state != STEP_DONE)
            return true;
    }
    *out = NULL;
    return true;
}
