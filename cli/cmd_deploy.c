/* cmd_deploy: deploy, rollback, promote, abort and the single stages: what changes which release
 * serves.
 *
 * Main path: between commands.c and deploy/pipeline.c. */
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/pipeline.h"
#include "deploy/reconcile.h"

#include <stdio.h>

/* A deployment may be made behind a shut gate, and by somebody who did not shut it. */
static void say_gate(Session *session, const Deployment *deployment)
{
    PauseRecord pause = {0};
    Error ignored = {0}; /* `status` shows it as well */

    if (journal_pause(deployment->app->journal, &pause, &ignored) && pause.since_ms != 0)
        output_line(session->output, "%s by %s still: `godeploy resume` opens the gate",
                    pause.maintenance ? "maintenance" : "requests are held", pause.by);
}

/* Progress has told the story; this is the one line that a script keeps. */
static void say_result(Session *session, const Deployment *deployment)
{
    if (output_style(session->output) == OUTPUT_JSON)
        return;
    if (deployment->waits)
        output_line(session->output,
                    "%s (deployment %lld); `godeploy promote` goes on, `godeploy abort` takes it "
                    "back",
                    deployment->proof, (long long)deployment->record.id);
    else
        output_line(session->output, "release %s serves (deployment %lld)",
                    deployment->record.version, (long long)deployment->record.id);
    say_gate(session, deployment);
}

static DeployRequest request_of(const Session *session)
{
    const Options *options = &session->options;

    return (DeployRequest){.kind = KIND_DEPLOY,
                           .version = options->version,
                           .source = options->release,
                           .allow_downgrade = options->allow_downgrade,
                           .traceparent = session->traceparent};
}

static bool run_whole(Session *session, App *app, const DeployRequest *request, Error *err)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    if (!pipeline_open(app, request, session_observer(session), &deployment, err) ||
        !pipeline_run(&deployment, err))
        return false;
    say_result(session, &deployment);
    return true;
}

/* ---- deploy --resume ---- */

static bool all_is_repaired(const Work *work, Error *err)
{
    if (work->left == 0)
        return true;
    (void)error_set(err, ERR_STATE, "%zu of the differences could not be repaired", work->left);
    return error_hint(err, "`godeploy status` shows what is left; `godeploy logs` why a release "
                           "does not start.");
}

/* No deployment is open: what there was to repair has been repaired when the work began. */
static bool say_repaired(Session *session, const Work *work, Error *err)
{
    ServingRecord serving = {0};

    if (!journal_serving(work->app->journal, &serving, err) || !all_is_repaired(work, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        return true;
    if (serving.version[0] == '\0')
        output_line(session->output, "nothing to resume: no release has been deployed yet");
    else
        output_line(session->output, "no deployment is open; release %s serves%s", serving.version,
                    work->mended > 0 ? " again" : "");
    return true;
}

static bool another_is_open(const DeploymentRecord *open, const char *version, Error *err)
{
    (void)error_set(err, ERR_STATE, "deployment %lld, of version %s, is open, not one of %s",
                    (long long)open->id, open->version, version);
    return error_hint(err, "Finish it with `godeploy deploy --resume`, or undo it with `godeploy "
                           "abort`.");
}

static bool resume(Session *session, const Work *work, Error *err)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    DeployRequest request = request_of(session);
    DeploymentRecord open = {0};
    bool found = false;

    if (!journal_find_open(work->app->journal, &open, &found, err))
        return false;
    if (!found)
        return say_repaired(session, work, err);
    if (request.version && !text_equal(request.version, open.version))
        return another_is_open(&open, request.version, err);
    if (!pipeline_reopen(work->app, &request, session_observer(session), &deployment, err) ||
        !pipeline_run(&deployment, err))
        return false;
    say_result(session, &deployment);
    return true;
}

bool command_deploy(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    DeployRequest request = request_of(session);
    char why[128];

    (void)snprintf(why, sizeof why, "deploy %.100s",
                   session->options.version ? session->options.version : "");
    if (!session_begin_work(session, WORK_DEPLOYS, why, &work, err))
        return false;
    if (session->options.resume)
        return resume(session, &work, err);
    return run_whole(session, work.app, &request, err);
}

bool command_rollback(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    DeployRequest request = {.kind = KIND_ROLLBACK,
                             .version = session->options.arguments[0],
                             .traceparent = session->traceparent};

    return session_begin_work(session, WORK_DEPLOYS, "rollback", &work, err) &&
           run_whole(session, work.app, &request, err);
}

/* ---- one stage ---- */

/* The last stage closes its deployment: repeated, it finds none open, and is done all the same. */
static bool was_the_last(const App *app, const char *stage, bool *done, Error *err)
{
    CLEANUP(free) DeploymentRecord *last = NULL;
    size_t count = 0;

    *done = false;
    if (!text_equal(stage, pipeline_stage_name(pipeline_stage_count() - 1)))
        return true;
    if (!journal_list_deployments(app->journal, 1, &last, &count, err))
        return false;
    *done = count == 1 && last->state == DEPLOYMENT_DONE;
    return true;
}

/* The first stage begins a deployment; the others go on with it. */
static bool enter(Session *session, App *app, const char *stage, Deployment *out, Error *err)
{
    DeployRequest request = request_of(session);
    bool first = text_equal(stage, pipeline_stage_name(0));
    DeploymentRecord open = {0};
    bool found = false;

    if (!journal_find_open(app->journal, &open, &found, err))
        return false;
    if (!found && first)
        return pipeline_open(app, &request, session_observer(session), out, err);
    if (!found) {
        (void)error_set(err, ERR_ORDER,
                        "%s cannot run yet: no deployment is open, %s has not been done", stage,
                        pipeline_stage_name(0));
        return error_hint(err, "Run `godeploy %s` first.", pipeline_stage_name(0));
    }
    if (request.version && open.version[0] != '\0' && !text_equal(request.version, open.version))
        return another_is_open(&open, request.version, err);
    return pipeline_reopen(app, &request, session_observer(session), out, err);
}

bool command_stage(Session *session, Error *err)
{
    const char *stage = session->options.command->name;
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP_WORK Work work = {0};
    bool already = false;

    if (!session_begin_work(session, WORK_DEPLOYS, stage, &work, err))
        return false;
    if (!was_the_last(work.app, stage, &already, err))
        return false;
    if (!already || journal_has_open(work.app->journal)) {
        if (!enter(session, work.app, stage, &deployment, err) ||
            !pipeline_run_stage(&deployment, stage, &already, err))
            return false;
    }
    if (output_style(session->output) != OUTPUT_JSON)
        output_line(session->output, "%s: %s", stage,
                    already            ? "already done"
                    : deployment.waits ? "waits for `godeploy promote`"
                                       : "done");
    return true;
}

/* ---- promote ---- */

static bool check_that_it_waits(const App *app, Error *err)
{
    DeploymentRecord open = {0};
    RolloutRecord rollout = {0};
    bool found = false;

    if (!journal_find_open(app->journal, &open, &found, err) ||
        (found && !journal_rollout(app->journal, open.id, &rollout, err)))
        return false;
    if (rollout.waits)
        return true;
    (void)error_set(err, ERR_ORDER, "no canary waits to be promoted");
    return error_hint(err, found ? "`godeploy deploy --resume` goes on with the deployment."
                                 : "Begin one with `godeploy deploy`, with canary.promote: manual "
                                   "in the settings.");
}

bool command_promote(Session *session, Error *err)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP_WORK Work work = {0};
    DeployRequest request = {.promotion = session->options.all ? PROMOTE_ALL : PROMOTE_STEP};

    if (!session_begin_work(session, WORK_DEPLOYS, "promote", &work, err) ||
        !check_that_it_waits(work.app, err) ||
        !pipeline_reopen(work.app, &request, session_observer(session), &deployment, err) ||
        !pipeline_run(&deployment, err))
        return false;
    say_result(session, &deployment);
    return true;
}

/* ---- abort ---- */

/* After a reboot there is more to bring back than what the deployment had changed. */
static bool repair(Session *session, Work *work, Error *err)
{
    return reconcile(work->app, session_observer(session), &work->mended, &work->left, err) &&
           all_is_repaired(work, err);
}

bool command_abort(Session *session, Error *err)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};
    CLEANUP_WORK Work work = {0};
    DeployRequest request = {0};
    ServingRecord serving = {0};

    if (!session_begin_work(session, WORK_TIDIES, "abort", &work, err))
        return false;
    if (!journal_has_open(work.app->journal)) {
        output_line(session->output, "no deployment is open: nothing to undo");
        return true;
    }
    if (!pipeline_reopen(work.app, &request, session_observer(session), &deployment, err) ||
        !pipeline_abort(&deployment, err) || !repair(session, &work, err) ||
        !journal_serving(work.app->journal, &serving, err))
        return false;
    if (output_style(session->output) != OUTPUT_JSON)
        output_line(session->output, "deployment %lld is undone; %s%s",
                    (long long)deployment.record.id,
                    serving.version[0] != '\0' ? "the release that serves is " : "nothing serves",
                    serving.version);
    return true;
}
