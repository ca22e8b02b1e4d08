/* See watch.h. */
#include "deploy/watch.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process/process.h"
#include "base/text.h"
#include "deploy/instance.h"
#include "proxy/probe.h"

#include <stdio.h>

typedef struct Watch {
    Deployment *deployment;
    WatchPlan plan;
    WatchReport report;
    Instance instance;
    ProbeCheck check;
    int64_t begun_ms;
    int64_t handles_at_start; /* -1: not looked at yet */
    int64_t allowed_ppm;
    bool warmed_up;
    int failures; /* health checks in a row */
    ProbeAnswer last;
} Watch;

/* ---- what is looked at each time ---- */

static bool instance_is_up(const Watch *watch, Error *err)
{
    const App *app = watch->deployment->app;
    InstanceState state = {0};

    if (instance_runs(app, &watch->instance))
        return true;
    if (!instance_look(app, watch->instance.slot, &state, err))
        return false;
    (void)instance_report_end(app, watch->instance.slot, &state, err);
    err->code = ERR_FLIPPED_BACK;
    return false;
}

/* One slow answer is no illness: as many in a row as it took to be found healthy. */
static bool is_healthy(Watch *watch, Error *err)
{
    const Settings *settings = watch->deployment->app->settings;

    if (!probe_once(&watch->check, &watch->last, err))
        return false;
    watch->failures = watch->last.ok ? 0 : watch->failures + 1;
    if (watch->failures < settings->check.passes)
        return true;
    return error_set(err, ERR_FLIPPED_BACK, "release %s turned ill: %s, %d times in a row",
                     watch->instance.version, watch->last.seen, watch->failures);
}

static bool count(const Deployment *deployment, Slot slot, bool fresh, EngineCounts *out,
                  Error *err)
{
    const App *app = deployment->app;

    return app->engine->count(&app->engine_context, slot_name(slot), fresh, out, err);
}

static bool read_figures(const Watch *watch, Slot slot, EngineCounts *before, VerdictFigures *out,
                         Error *err)
{
    EngineCounts now = {0};

    if (!count(watch->deployment, slot, false, &now, err))
        return false;
    /* Smaller than before: the engine's worker was replaced and counts from zero. */
    if (now.requests < before->requests || now.failed < before->failed)
        *before = (EngineCounts){0};
    *out = (VerdictFigures){.requests = now.requests - before->requests,
                            .failed = now.failed - before->failed,
                            .latency_count = now.latency_count,
                            .p50_us = now.window.p50_us,
                            .p95_us = now.p95_us};
    return true;
}

static bool read_counts(Watch *watch, Error *err)
{
    const DeploymentRecord *record = &watch->deployment->record;
    const Settings *settings = watch->deployment->app->settings;

    if (!read_figures(watch, record->slot, &watch->plan.new_before, &watch->report.new, err))
        return false;
    if (watch->plan.beside &&
        !read_figures(watch, record->from_slot, &watch->plan.old_before, &watch->report.old, err))
        return false;
    watch->allowed_ppm = verdict_allowed_ppm(&watch->report.old, settings->watch.max_error_ppm,
                                             settings->watch.min_requests);
    return true;
}

static bool errors_are_few(Watch *watch, Error *err)
{
    const VerdictFigures *new = &watch->report.new;

    watch->report.errors = verdict_of_errors(new, watch->allowed_ppm,
                                             watch->deployment->app->settings->watch.min_requests);
    if (watch->report.errors != VERDICT_WORSE)
        return true;
    (void)error_set(err, ERR_FLIPPED_BACK,
                    "%lld of %lld requests to release %s failed (%.2f%%, allowed are "
                    "%.2f%%)",
                    (long long)new->failed, (long long)new->requests, watch->instance.version,
                    100.0 * (double)new->failed / (double)new->requests,
                    (double)watch->allowed_ppm / 10000.0);
    return error_hint(err, "See `%s`; the bound is watch.max_error_rate.",
                      instance_log_command(watch->instance.slot));
}

static bool handles_are_steady(Watch *watch, Error *err)
{
    const App *app = watch->deployment->app;
    int64_t most = app->settings->watch.max_handle_growth;
    InstanceState state = {0};
    ProcessFigures figures = {0};
    Error gone = {0};

    if (!instance_look(app, watch->instance.slot, &state, err))
        return false;
    if (!process_figures(&state.process, &figures, &gone))
        return true; /* it ended meanwhile: the next look says so */
    if (watch->handles_at_start < 0)
        watch->handles_at_start = figures.handles;
    watch->report.handle_growth = figures.handles - watch->handles_at_start;
    if (watch->report.handle_growth <= most)
        return true;
    (void)error_set(err, ERR_FLIPPED_BACK,
                    "release %s leaks handles: %lld more in %lld s, allowed are %lld",
                    watch->instance.version, (long long)watch->report.handle_growth,
                    (long long)((clock_monotonic_ms() - watch->begun_ms) / 1000), (long long)most);
    return error_hint(err,
                      "Connections count too: raise watch.max_handle_growth if it is traffic.");
}

static bool look_once(Watch *watch, Error *err)
{
    return interrupt_check(err) && instance_is_up(watch, err) && is_healthy(watch, err) &&
           read_counts(watch, err) && errors_are_few(watch, err) && handles_are_steady(watch, err);
}

/* Caches fill and connections open right after a change, while godeploy itself still works the
 * disk: the latency that is compared is that of the second half of the watch. */
static bool forget_warm_up(Watch *watch, int64_t elapsed_ms, Error *err)
{
    EngineCounts ignored = {0};

    if (watch->warmed_up || elapsed_ms < watch->plan.for_ms / 2)
        return true;
    watch->warmed_up = true;
    return count(watch->deployment, watch->instance.slot, true, &ignored, err);
}

/* ---- what is judged at the end ---- */

static bool latency_is_bounded(Watch *watch, Error *err)
{
    const Settings *settings = watch->deployment->app->settings;
    const WatchReport *report = &watch->report;

    watch->report.latency =
        verdict_of_latency(&report->new, &report->old, settings->watch.max_p95_increase_ppm,
                           settings->watch.min_requests);
    if (watch->report.latency != VERDICT_WORSE)
        return true;
    (void)error_set(err, ERR_FLIPPED_BACK,
                    "the p95 latency of release %s is %.1f ms, that of release %s %s %.1f ms",
                    watch->instance.version, (double)report->new.p95_us / 1000.0,
                    watch->deployment->record.from_version, watch->plan.beside ? "is" : "was",
                    (double)report->old.p95_us / 1000.0);
    return error_hint(err, "The bound is watch.max_p95_increase.");
}

/* The first deployment has nobody whose latency it could be compared with. */
static bool is_conclusive(const Watch *watch, Error *err)
{
    const Deployment *deployment = watch->deployment;
    const WatchReport *report = &watch->report;
    bool errors = report->errors != VERDICT_INCONCLUSIVE;
    bool latency =
        report->latency != VERDICT_INCONCLUSIVE || deployment->record.from_version[0] == '\0';

    if (!deployment->app->settings->watch.refuse_inconclusive || (errors && latency))
        return true;
    (void)error_set(
        err, ERR_FLIPPED_BACK,
        "the watch is inconclusive: %s of release %s cannot be judged by %lld request%s "
        "(%lld failed)",
        errors ? "the latency" : "the errors", watch->instance.version,
        (long long)report->new.requests, text_plural(report->new.requests),
        (long long)report->new.failed);
    return error_hint(err, "Watch longer, or set watch.inconclusive: accept.");
}

static bool watch_for_a_while(Watch *watch, Error *err)
{
    const Settings *settings = watch->deployment->app->settings;
    int64_t elapsed = 0;

    for (;;) {
        if (!look_once(watch, err))
            return false;
        elapsed = clock_monotonic_ms() - watch->begun_ms;
        if (elapsed >= watch->plan.for_ms)
            return latency_is_bounded(watch, err) && is_conclusive(watch, err);
        if (!forget_warm_up(watch, elapsed, err))
            return false;
        deployment_progress(watch->deployment, (uint64_t)elapsed, (uint64_t)watch->plan.for_ms,
                            UNIT_MILLISECONDS);
        elapsed = watch->plan.for_ms - elapsed;
        (void)clock_sleep_ms(elapsed < settings->check.interval_ms ? elapsed
                                                                   : settings->check.interval_ms);
    }
}

bool watch_begin_beside(const Deployment *deployment, int64_t for_ms, WatchPlan *out, Error *err)
{
    const DeploymentRecord *record = &deployment->record;

    *out = (WatchPlan){.for_ms = for_ms, .beside = true};
    return count(deployment, record->from_slot, true, &out->old_before, err) &&
           count(deployment, record->slot, true, &out->new_before, err);
}

bool watch_release(Deployment *deployment, const WatchPlan *plan, WatchReport *out, Error *err)
{
    const App *app = deployment->app;
    CLEANUP_TEXT_LIST TextList exec = {0};
    Watch watch = {.deployment = deployment,
                   .plan = *plan,
                   .report = {.old = plan->old},
                   .instance = deployment_instance(deployment),
                   .begun_ms = clock_monotonic_ms(),
                   .handles_at_start = -1};

    if (!instance_health_check(app, &watch.instance, &exec, &watch.check, err))
        return false;
    if (!watch_for_a_while(&watch, err)) {
        if (err->code != ERR_INTERRUPTED) {
            instance_show_last_lines(app, watch.instance.slot, err);
            (void)error_hint(err, "`%s` shows what it wrote.",
                             instance_log_command(watch.instance.slot));
        }
        return error_while(err, "watching release %s", watch.instance.version);
    }
    *out = watch.report;
    return true;
}

/* ---- what it says ---- */

static const char *words_of_errors(const WatchReport *report, int64_t least)
{
    if (report->errors != VERDICT_INCONCLUSIVE)
        return "";
    return report->new.requests < least || report->new.requests == 0
               ? " (too few to judge by)"
               : " (inconclusive: it may be chance)";
}

/* What is not counted is said, not shown as nothing. */
static bool nothing_is_counted(Deployment *deployment, const WatchReport *report)
{
    const Engine *engine = deployment->app->engine;
    Json *detail = deployment_detail(deployment);

    if (engine->can & ENGINE_STATUS)
        return false;
    (void)json_put_integer(detail, "handle_growth", report->handle_growth);
    (void)json_put_text(detail, "errors", "not counted");
    (void)json_put_text(detail, "latency", "not counted");
    deployment_proof(deployment, "healthy; requests are not counted by engine %s", engine->name);
    return true;
}

void watch_prove(Deployment *deployment, const WatchReport *report)
{
    const App *app = deployment->app;
    Json *detail = deployment_detail(deployment);
    bool measured = app->engine->can & ENGINE_LATENCY;
    char latency[80] = "latency inconclusive"; /* too few answers, or too near to the bound */

    if (nothing_is_counted(deployment, report))
        return;
    (void)json_put_integer(detail, "requests", report->new.requests);
    (void)json_put_integer(detail, "failed", report->new.failed);
    (void)json_put_integer(detail, "p95_us", report->new.p95_us);
    (void)json_put_integer(detail, "old_requests", report->old.requests);
    (void)json_put_integer(detail, "old_failed", report->old.failed);
    (void)json_put_integer(detail, "old_p95_us", report->old.p95_us);
    (void)json_put_integer(detail, "handle_growth", report->handle_growth);
    (void)json_put_text(detail, "errors", verdict_name(report->errors));
    (void)json_put_text(detail, "latency",
                        measured ? verdict_name(report->latency) : "not measured");
    if (!measured)
        (void)snprintf(latency, sizeof latency, "latency is not measured by engine %.20s",
                       app->engine->name);
    else if (report->latency != VERDICT_INCONCLUSIVE)
        (void)snprintf(latency, sizeof latency, "p95 %.1f ms, was %.1f ms",
                       (double)report->new.p95_us / 1000.0, (double)report->old.p95_us / 1000.0);
    deployment_proof(deployment, "healthy; %lld request%s, %lld failed%s; %s",
                     (long long)report->new.requests, text_plural(report->new.requests),
                     (long long)report->new.failed,
                     words_of_errors(report, app->settings->watch.min_requests), latency);
}
