/* pipeline_open: how a deployment begins, or is taken up again: which release comes, into which
 * slot, under which name. All of it is in the journal before the first stage touches anything. */
#include "base/clock.h"
#include "base/platform.h"
#include "base/random.h"
#include "base/text.h"
#include "deploy/pipeline.h"
#include "deploy/public_address.h"
#include "deploy/release/release.h"
#include "deploy/release/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What cannot be meant is told before anything is written down, or made part of a path. */
static bool is_possible(const App *app, const DeployRequest *request, Error *err)
{
    CLEANUP_SOURCE Source source = {0};

    if (request->kind == KIND_ROLLBACK)
        return true;
    if (request->version)
        return release_version_is_possible(request->version, err);
    return source_resolve(app->settings, request->source, NULL, &source, err);
}

static bool canary_waits(const DeploymentRecord *open, Error *err)
{
    (void)error_set(err, ERR_STATE, "the canary of deployment %lld (%s %s) waits for its next step",
                    (long long)open->id, deployment_kind_name(open->kind), open->version);
    return error_hint(err, "`godeploy promote` goes on with it, `godeploy abort` takes it back.");
}

static bool no_open_deployment(Journal *journal, Error *err)
{
    DeploymentRecord open = {0};
    RolloutRecord rollout = {0};
    bool found = false;

    if (!journal_find_open(journal, &open, &found, err) ||
        (found && !journal_rollout(journal, open.id, &rollout, err)))
        return false;
    if (!found)
        return true;
    if (rollout.waits)
        return canary_waits(&open, err);
    (void)error_set(err, ERR_STATE, "deployment %lld (%s %s) was begun and is not finished",
                    (long long)open.id, deployment_kind_name(open.kind), open.version);
    return error_hint(err, "`godeploy deploy --resume` finishes it, `godeploy abort` undoes it, "
                           "`godeploy status` shows it.");
}

/* A rollback knows its release; one that is still warm in the other slot is used as it runs. */
static bool choose_rollback(App *app, const DeployRequest *request, DeploymentRecord *record,
                            Error *err)
{
    SlotRecord warm = {0};
    ReleaseRecord release = {0};

    if (!release_pick_rollback(app, request->version, &release, err) ||
        !journal_instance(app->journal, record->slot, &warm, err))
        return false;
    (void)snprintf(record->version, sizeof record->version, "%s", release.version);
    (void)snprintf(record->digest, sizeof record->digest, "%s", release.digest);
    (void)snprintf(record->key_id, sizeof record->key_id, "%s", release.key_id);
    record->attested = release.attested;
    if (text_equal(warm.version, release.version) && warm.instance[0] != '\0')
        (void)snprintf(record->instance, sizeof record->instance, "%s", warm.instance);
    return true;
}

/* What --release named, for --resume: a path as it is from everywhere, a URL without its secrets.
 */
static bool keep_source(const char *given, DeploymentRecord *record, Error *err)
{
    CLEANUP(free) char *url = NULL;

    if (!source_of_given(given, &url, err))
        return false;
    source_write_public(url, record->source, sizeof record->source);
    record->origin = text_equal(url, record->source) ? SOURCE_GIVEN : SOURCE_GIVEN_SECRET;
    return true;
}

static bool fill_record(App *app, const DeployRequest *request, DeploymentRecord *record,
                        Error *err)
{
    ServingRecord serving = {0};

    if (!journal_serving(app->journal, &serving, err) || !random_token(record->instance, 12, err) ||
        !random_token(record->proof, JOURNAL_TOKEN_SIZE - 1, err))
        return false;
    record->kind = request->kind;
    record->started_ms = clock_wall_ms();
    record->allow_downgrade = request->allow_downgrade;
    record->from_slot = serving.version[0] != '\0' ? serving.slot : SLOT_NONE;
    record->slot = slot_other(record->from_slot);
    (void)snprintf(record->from_version, sizeof record->from_version, "%s", serving.version);
    (void)platform_who(record->by);
    if (request->kind == KIND_ROLLBACK)
        return choose_rollback(app, request, record, err);
    (void)snprintf(record->version, sizeof record->version, "%s",
                   request->version ? request->version : "");
    return !request->source || keep_source(request->source, record, err);
}

/* What the settings say now holds for the whole of it. */
static bool fill_rollout(const App *app, RolloutRecord *rollout, Error *err)
{
    uint8_t salt[(sizeof rollout->salt - 1) / 2];

    if (!random_bytes(salt, sizeof salt, err))
        return false;
    *rollout = (RolloutRecord){.exclusive = app->settings->traffic.strategy == STRATEGY_EXCLUSIVE};
    text_from_bytes(salt, sizeof salt, rollout->salt);
    return true;
}

/* One without the other would be no deployment. */
static bool write_records(const App *app, const DeployRequest *request, Deployment *deployment,
                          Error *err)
{
    if (!journal_open_deployment(app->journal, &deployment->record, err))
        return false;
    deployment->rollout.deployment = deployment->record.id;
    return journal_save_rollout(app->journal, &deployment->rollout, err) &&
           journal_save_trace(app->journal, deployment->record.id, request->traceparent, err);
}

static void tell_begin(const Deployment *deployment)
{
    const DeploymentRecord *record = &deployment->record;
    char text[JOURNAL_LINE_SIZE];

    (void)snprintf(text, sizeof text, "%s %s -> %s", deployment_kind_name(record->kind),
                   record->from_version[0] != '\0' ? record->from_version : "nothing",
                   record->version[0] != '\0' ? record->version : "(version from the archive)");
    deployment_tell(deployment, (Event){.kind = EVENT_DEPLOYMENT_BEGIN, .text = text});
}

/* Ours is started by the flip, and must be able to listen then. Somebody else's must be there, and
 * fit, before anything is done. */
static bool engine_can_flip(const App *app, Error *err)
{
    return (app->engine->can & ENGINE_OPENS_PORT) ? public_addresses_are_ours(app, err)
                                                  : app->engine->ensure(&app->engine_context, err);
}

bool pipeline_open(App *app, const DeployRequest *request, const Observer *observer,
                   Deployment *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->app = app;
    out->observer = observer;
    out->source = request->source;
    out->stage_count = (int)pipeline_stage_count();
    if (!is_possible(app, request, err) || !no_open_deployment(app->journal, err) ||
        !engine_can_flip(app, err) || !fill_record(app, request, &out->record, err) ||
        !fill_rollout(app, &out->rollout, err))
        return false;
    if (!journal_begin(app->journal, err))
        return false;
    if (!write_records(app, request, out, err)) {
        journal_rollback(app->journal);
        return false;
    }
    if (!journal_commit(app->journal, err))
        return false;
    tell_begin(out);
    return true;
}

/* Whoever stops in good order leaves no intent behind, unless the operator has the next word. */
static bool find_a_kill(Deployment *deployment, Error *err)
{
    CLEANUP(free) StepRecord *steps = NULL;
    size_t count = 0;

    if (!journal_list_steps(deployment->app->journal, deployment->record.id, &steps, &count, err))
        return false;
    deployment->after_kill = count == 0;
    for (size_t i = 0; i < count; i++)
        if (steps[i].state == STEP_INTENT && !deployment->rollout.waits)
            deployment->after_kill = true;
    return true;
}

bool pipeline_reopen(App *app, const DeployRequest *request, const Observer *observer,
                     Deployment *out, Error *err)
{
    bool found = false;

    memset(out, 0, sizeof *out);
    out->app = app;
    out->observer = observer;
    out->source = request->source;
    out->stage_count = (int)pipeline_stage_count();
    if (!journal_find_open(app->journal, &out->record, &found, err))
        return false;
    if (!found) {
        (void)error_set(err, ERR_ORDER, "no deployment of %s is open", app->settings->app);
        return error_hint(
            err, "Begin one with `godeploy deploy`, or with `godeploy fetch` stage by stage.");
    }
    if (!out->source && out->record.origin == SOURCE_GIVEN)
        out->source = out->record.source;
    out->promotion = request->promotion;
    return journal_rollout(app->journal, out->record.id, &out->rollout, err) &&
           find_a_kill(out, err);
}
