/* stage_watch: the new release under real traffic, while the old one is still warm.
 *
 * Main path: after flip. Proof: for watch.for the instance stayed up and healthy, and error rate,
 * p95 latency and open handles stayed within bounds (watch.h). A bad figure sends every request
 * back: the pipeline undoes the flip. Too few requests to judge by is an answer too:
 * "inconclusive", and no reason to go back unless the settings say so. */
#include "base/clock.h"
#include "deploy/stage.h"
#include "deploy/watch.h"
#include "verify/version.h"

/* What flip has noted of both releases. */
static bool read_plan(const Deployment *deployment, WatchPlan *out, Error *err)
{
    CLEANUP(json_free) Json *detail = NULL;
    const Json *baseline = NULL;

    if (!journal_step_detail(deployment->app->journal, deployment->record.id, "flip", &detail, err))
        return false;
    baseline = json_get(detail, "baseline");
    *out = (WatchPlan){.for_ms = deployment->app->settings->watch.for_ms};
    out->old.requests = json_get_integer(baseline, "old_requests", 0);
    out->old.failed = json_get_integer(baseline, "old_failed", 0);
    out->old.p50_us = json_get_integer(baseline, "old_p50_us", -1);
    out->old.p95_us = json_get_integer(baseline, "old_p95_us", -1);
    out->old.latency_count = json_get_integer(baseline, "old_latency_count", 0);
    out->new_before.requests = json_get_integer(baseline, "new_requests", 0);
    out->new_before.failed = json_get_integer(baseline, "new_failed", 0);
    return true;
}

bool stage_watch(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    WatchPlan plan = {0};
    WatchReport report = {0};

    if (!read_plan(deployment, &plan, err) || !watch_release(deployment, &plan, &report, err))
        return false;
    watch_prove(deployment, &report);
    return instance_mark_good(app, deployment->record.slot, err);
}

/* ---- what is known from now on ---- */

static bool set_release_state(Journal *journal, const char *version, ReleaseState state,
                              int64_t served_ms, Error *err)
{
    ReleaseRecord release = {0};
    bool known = false;

    if (!journal_find_release(journal, version, &release, &known, err))
        return false;
    if (!known)
        return true;
    release.state = state;
    if (served_ms != 0)
        release.served_ms = served_ms;
    return journal_save_release(journal, &release, err);
}

static bool raise_high_water(Journal *journal, const char *version, Error *err)
{
    char highest[JOURNAL_VERSION_SIZE];

    if (!journal_high_water(journal, highest, err))
        return false;
    if (highest[0] != '\0' && version_compare(version, highest) != VERSION_NEWER)
        return true;
    return journal_save_high_water(journal, version, err);
}

bool record_watch(Deployment *deployment, Error *err)
{
    Journal *journal = deployment->app->journal;
    const DeploymentRecord *record = &deployment->record;

    if (!set_release_state(journal, record->version, RELEASE_GOOD, clock_wall_ms(), err))
        return false;
    if (record->kind == KIND_ROLLBACK)
        return set_release_state(journal, record->from_version, RELEASE_BAD, 0, err);
    return raise_high_water(journal, record->version, err);
}

/* A release that was taken back is none to go back to. */
bool undo_watch(Deployment *deployment, Error *err)
{
    Journal *journal = deployment->app->journal;
    const DeploymentRecord *record = &deployment->record;
    ReleaseRecord release = {0};
    bool known = false;

    if (!journal_find_release(journal, record->version, &release, &known, err))
        return false;
    if (!known || release.served_ms < record->started_ms)
        return true; /* this deployment has not recorded it */
    if (record->kind == KIND_ROLLBACK)
        return set_release_state(journal, record->from_version, RELEASE_GOOD, 0, err);
    return set_release_state(journal, record->version, RELEASE_BAD, 0, err);
}
