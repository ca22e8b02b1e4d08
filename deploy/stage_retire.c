/* stage_retire: the old instance ends, and the disk is tidied.
 *
 * Main path: the last stage. Proof: its process is gone, by pid and start time. What cannot be done
 * here is a warning and is tried again by the next command (reconcile.c): the new release serves
 * whatever happens. */
#include "base/text.h"
#include "deploy/hooks.h"
#include "deploy/instance.h"
#include "deploy/release/release.h"
#include "deploy/stage.h"

static void say_how_it_ended(Deployment *deployment, const StopReport *report)
{
    char took[TEXT_QUANTITY_SIZE];

    (void)text_duration(report->took_ms, took);
    switch (report->how) {
    case STOP_GRACEFUL:
        deployment_proof(deployment, "release %s ended by itself in %s",
                         deployment->record.from_version, took);
        return;
    case STOP_FORCED:
        deployment_warn(deployment, "release %s did not stop when asked and was killed after %s",
                        deployment->record.from_version, took);
        deployment_proof(deployment, "release %s was killed", deployment->record.from_version);
        return;
    case STOP_GONE:
        deployment_proof(deployment, "release %s had ended already",
                         deployment->record.from_version);
        return;
    }
}

static void stop_old(Deployment *deployment)
{
    const App *app = deployment->app;
    const SlotRecord nobody = {0};
    StopReport report = {0};
    Error trouble = {0};

    if (deployment->record.from_version[0] == '\0') {
        deployment_proof(deployment, "nothing served before");
        return;
    }
    if (app->settings->retire.keep_warm) {
        deployment_proof(deployment, "release %s stays warm in slot %s",
                         deployment->record.from_version, slot_name(deployment->record.from_slot));
        return;
    }
    if (!instance_stop(app, deployment->record.from_slot, &report, &trouble) ||
        !journal_save_instance(app->journal, deployment->record.from_slot, &nobody, &trouble)) {
        deployment_warn(deployment,
                        "release %s could not be stopped: %s; the next command tries again",
                        deployment->record.from_version, trouble.message);
        deployment_proof(deployment, "release %s is still there", deployment->record.from_version);
        return;
    }
    (void)json_put_integer(deployment_detail(deployment), "stop_ms", report.took_ms);
    (void)json_put_bool(deployment_detail(deployment), "graceful", report.how == STOP_GRACEFUL);
    say_how_it_ended(deployment, &report);
}

static void tidy(Deployment *deployment)
{
    PruneReport report = {0};
    Error trouble = {0};
    char size[TEXT_QUANTITY_SIZE];

    if (!undo_fetch(deployment, &trouble) || !release_prune(deployment->app, &report, &trouble))
        deployment_warn(deployment, "tidying: %s", trouble.message);
    if (report.removed > 0)
        deployment_note(deployment, "pruned %zu release%s, %s", report.removed,
                        text_plural((int64_t)report.removed), text_size(report.bytes, size));
}

bool stage_retire(Deployment *deployment, Error *err)
{
    (void)err; /* nothing here may fail a deployment whose release serves and has proven itself */
    stop_old(deployment);
    tidy(deployment);
    hooks_run_and_warn(deployment, HOOK_AFTER_RETIRE);
    return true;
}
