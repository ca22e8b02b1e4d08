/* See textfile.h. Names and units as Prometheus wants them:
 * https://prometheus.io/docs/practices/naming/ */
#include "deploy/report/textfile.h"

#include "base/file/file.h"

#include <inttypes.h>
#include <stdlib.h>

enum { READABLE_BY_ALL = 0644 };

/* ---- the format ---- */

static void append_label(Text *out, const char *name, const char *value)
{
    text_appendf(out, ",%s=\"", name);
    for (; *value; value++) {
        if (*value == '\n')
            text_append(out, "\\n");
        else if (*value == '\\' || *value == '"')
            text_appendf(out, "\\%c", *value);
        else
            text_append_bytes(out, value, 1);
    }
    text_append(out, "\"");
}

static void append_head(Text *out, const char *name, const char *kind, const char *help)
{
    text_appendf(out, "# HELP godeploy_%s %s\n# TYPE godeploy_%s %s\n", name, help, name, kind);
}

/* "godeploy_NAME{app="shop"": further labels and the value follow. */
static void begin_sample(Text *out, const char *name, const char *app)
{
    text_appendf(out, "godeploy_%s{app=\"%s\"", name, app); /* an app's name needs no escape */
}

static void end_sample(Text *out, int64_t value)
{
    text_appendf(out, "} %" PRId64 "\n", value);
}

/* In seconds, as every time of Prometheus is. By whole numbers: no locale has a say. */
static void end_seconds(Text *out, int64_t ms)
{
    ms = ms > 0 ? ms : 0; /* a clock that was set back in between */
    text_appendf(out, "} %" PRId64 ".%03" PRId64 "\n", ms / 1000, ms % 1000);
}

static void append_seconds(Text *out, const char *name, const char *app, int64_t ms)
{
    begin_sample(out, name, app);
    end_seconds(out, ms);
}

/* ---- what is told ---- */

static void append_info(Text *out, const TextfileFacts *facts)
{
    const DeploymentRecord *last = facts->last;
    char id[24];

    (void)snprintf(id, sizeof id, "%" PRId64, last->id);
    append_head(out, "last_deployment_info", "gauge", "The last deployment; always 1.");
    begin_sample(out, "last_deployment_info", facts->app);
    append_label(out, "deployment", id);
    append_label(out, "kind", deployment_kind_name(last->kind));
    append_label(out, "release", last->version);
    append_label(out, "from", last->from_version);
    append_label(out, "state", deployment_state_name(last->state));
    end_sample(out, 1);
    append_head(out, "last_deployment_success", "gauge",
                "Whether the last deployment is done: 0 while it is open, and where it failed.");
    begin_sample(out, "last_deployment_success", facts->app);
    end_sample(out, last->state == DEPLOYMENT_DONE);
}

static void append_times(Text *out, const TextfileFacts *facts)
{
    const DeploymentRecord *last = facts->last;

    append_head(out, "last_deployment_start_timestamp_seconds", "gauge",
                "When the last deployment was begun.");
    append_seconds(out, "last_deployment_start_timestamp_seconds", facts->app, last->started_ms);
    if (last->ended_ms == 0)
        return;
    append_head(out, "last_deployment_end_timestamp_seconds", "gauge",
                "When the last deployment ended; missing while it is open.");
    append_seconds(out, "last_deployment_end_timestamp_seconds", facts->app, last->ended_ms);
    append_head(out, "last_deployment_duration_seconds", "gauge",
                "What the last deployment took; missing while it is open.");
    append_seconds(out, "last_deployment_duration_seconds", facts->app,
                   last->ended_ms - last->started_ms);
}

static bool has_run(const StepRecord *step)
{
    return step->state == STEP_DONE || step->state == STEP_FAILED;
}

static void append_stages(Text *out, const TextfileFacts *facts)
{
    append_head(out, "last_deployment_stage_info", "gauge",
                "How far each stage of the last deployment came; always 1.");
    for (size_t i = 0; i < facts->step_count; i++) {
        begin_sample(out, "last_deployment_stage_info", facts->app);
        append_label(out, "stage", facts->steps[i].stage);
        append_label(out, "state", step_state_name(facts->steps[i].state));
        end_sample(out, 1);
    }
    append_head(out, "last_deployment_stage_duration_seconds", "gauge",
                "What each stage of the last deployment took, done or failed.");
    for (size_t i = 0; i < facts->step_count; i++) {
        if (!has_run(&facts->steps[i]))
            continue;
        begin_sample(out, "last_deployment_stage_duration_seconds", facts->app);
        append_label(out, "stage", facts->steps[i].stage);
        end_seconds(out, facts->steps[i].took_ms);
    }
}

static void append_serving(Text *out, const TextfileFacts *facts)
{
    if (facts->serving->version[0] == '\0')
        return;
    append_head(out, "serving_release_info", "gauge", "The release that serves; always 1.");
    begin_sample(out, "serving_release_info", facts->app);
    append_label(out, "release", facts->serving->version);
    append_label(out, "slot", slot_name(facts->serving->slot));
    end_sample(out, 1);
    append_head(out, "serving_since_timestamp_seconds", "gauge",
                "Since when that release has served.");
    append_seconds(out, "serving_since_timestamp_seconds", facts->app, facts->serving->since_ms);
}

static void append_counts(Text *out, const TextfileFacts *facts)
{
    static const DeploymentState ends[] = {DEPLOYMENT_DONE, DEPLOYMENT_FAILED, DEPLOYMENT_ABORTED};
    static const DeploymentKind kinds[] = {KIND_DEPLOY, KIND_ROLLBACK};

    append_head(out, "deployments_total", "counter",
                "Deployments and rollbacks that ended, by how they did.");
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (size_t end = 0; end < sizeof ends / sizeof ends[0]; end++) {
            begin_sample(out, "deployments_total", facts->app);
            append_label(out, "kind", deployment_kind_name(kinds[kind]));
            append_label(out, "state", deployment_state_name(ends[end]));
            end_sample(out, facts->counts->of[kinds[kind]][ends[end]]);
        }
}

void textfile_format(const TextfileFacts *facts, Text *out)
{
    append_info(out, facts);
    append_times(out, facts);
    append_stages(out, facts);
    append_serving(out, facts);
    append_counts(out, facts);
}

/* ---- the file ---- */

static bool format_all(const App *app, const DeploymentRecord *last, Text *out, Error *err)
{
    CLEANUP(free) StepRecord *steps = NULL;
    ServingRecord serving = {0};
    DeploymentCounts counts = {0};
    TextfileFacts facts = {
        .app = app->settings->app, .last = last, .serving = &serving, .counts = &counts};

    if (!journal_list_steps(app->journal, last->id, &steps, &facts.step_count, err) ||
        !journal_serving(app->journal, &serving, err) ||
        !journal_count_deployments(app->journal, &counts, err))
        return false;
    facts.steps = steps;
    textfile_format(&facts, out);
    return text_ok(out, err);
}

bool textfile_write(const App *app, const char *folder, Error *err)
{
    CLEANUP(free)
    char *path = text_formatted("%s/godeploy_%s.prom", folder, app->settings->app);
    CLEANUP(free) DeploymentRecord *last = NULL;
    CLEANUP_TEXT Text text = {0};
    size_t count = 0;

    if (!path)
        return error_memory(err);
    if (!journal_list_deployments(app->journal, 1, &last, &count, err))
        return false;
    if (count == 0)
        return true;
    return format_all(app, last, &text, err) &&
           file_write_atomic(path, text_chars(&text), text.length, READABLE_BY_ALL, err);
}
