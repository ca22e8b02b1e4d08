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
#include "deploy/pipeline_step.h"
#include "deploy/pipeline_undo.h"
#include "deploy/stage.h"

#include <stdio.h>

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

const Stage *pipeline_stage(size_t index)
{
    return &stages[index];
}

bool pipeline_is_after_flip(size_t index)
{
    return index > STAGE_FLIP;
}

/* ---- running ---- */

/* Its intent stays what the journal has of it. */
static void tell_waits(const Deployment *deployment)
{
    deployment_tell(deployment, (Event){.kind = EVENT_STAGE_WAITS,
                                        .text = deployment->proof,
                                        .detail = deployment->detail,
                                        .took_ms = step_took_ms(deployment)});
}

/* The intent is durable already. `go_on`: the next stage follows in this process. */
static bool run_stage(Deployment *deployment, size_t index, bool go_on, Error *err)
{
    step_enter(deployment, index);
    deployment_tell(deployment, (Event){.kind = EVENT_STAGE_BEGIN});
    if (!interrupt_check(err) || !stages[index].run(deployment, err))
        return pipeline_stage_failed(deployment, index, false, err);
    if (deployment->waits) {
        tell_waits(deployment);
        return true;
    }
    if (!step_finish(deployment, index, go_on, err))
        return pipeline_stage_failed(deployment, index, true, err);
    step_tell_end(deployment);
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
        if (!step_is_done(deployment, *first, &done, err))
            return false;
        if (!done || !stage_holds(deployment, *first))
            return true;
        step_enter(deployment, *first);
        deployment_already(deployment, "already done");
        step_tell_end(deployment);
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
    if (first < STAGE_COUNT && !step_begin_at(deployment, first, err))
        return false;
    for (size_t i = first; i < STAGE_COUNT; i++)
        if (!run_stage(deployment, i, true, err))
            return false;
        else if (deployment->waits)
            return true;
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
        if (!step_is_done(deployment, i, &done, err))
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
        !step_is_done(deployment, index, &done, err))
        return false;
    *already = done && stage_holds(deployment, index);
    if (*already) {
        step_enter(deployment, index);
        deployment_already(deployment, "already done");
        step_tell_end(deployment);
        return true;
    }
    if (!step_begin_at(deployment, index, err) || !run_stage(deployment, index, false, err))
        return false;
    if (index + 1 == STAGE_COUNT)
        tell_done(deployment);
    return true;
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
