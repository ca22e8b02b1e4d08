/* See stage_time.h. */
#include "deploy/stage_time.h"

#include "base/text.h"
#include "deploy/drain.h"

static int64_t longest(const DrainBudget *budget)
{
    int64_t ms = 0;

    for (int i = 0; i < DRAIN_CLASSES; i++)
        ms = budget->ms[i] > ms ? budget->ms[i] : ms;
    return ms;
}

/* 0: as long as it takes. */
static int64_t time_for(const Settings *settings, const char *stage)
{
    const DrainBudget drain = drain_budget(settings);

    if (text_equal(stage, "check"))
        return settings->check.deadline_ms;
    if (text_equal(stage, "watch"))
        return settings->watch.for_ms;
    return text_equal(stage, "drain") ? longest(&drain) : 0;
}

bool stage_time_of_end(const App *app, int64_t deployment, const char *stage, int64_t *until_ms,
                       Error *err)
{
    int64_t most_ms = time_for(app->settings, stage);
    StepRecord step = {0};

    *until_ms = 0;
    if (most_ms == 0)
        return true;
    if (!journal_find_step(app->journal, deployment, stage, &step, err))
        return false;
    if (step.state == STEP_INTENT)
        *until_ms = step.started_ms + most_ms;
    return true;
}
