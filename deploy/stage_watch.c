/* stage_watch: the new release under real traffic, while the old one is still warm.
 *
 * Main path: after flip. Proof: for watch.for the instance stayed up and healthy, and error rate,
 * p95 latency and open handles stayed within bounds. A bad figure sends every request back: the
 * pipeline undoes the flip. Too few requests to judge by is an answer too: "inconclusive", and no
 * reason to go back. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/text.h"
#include "deploy/instance.h"
#include "deploy/stage.h"
#include "proxy/probe.h"
#include "verify/version.h"

#include <stdio.h>
#include <string.h>

/* A p95 that grows from 0.3 ms to 0.6 ms has doubled and hurts nobody: growth below this is noise.
 * And a p95 is only a figure where some answers lie above it: ten, of so many. */
enum { LATENCY_NOISE_US = 10000, LATENCY_SAMPLES_LEAST = 200, MILLION = 1000000 };

typedef struct Watch {
    Deployment *deployment;
    Instance instance;
    ProbeCheck check;
    int64_t old_p95_us, old_latency_count;  /* of the old slot, until the flip */
    int64_t requests_before, failed_before; /* of the new slot, at the flip */
    int64_t requests, failed;               /* since the flip */
    int64_t p95_us, latency_count;
    int64_t handles_at_start, handles;
    bool warmed_up;
    int failures; /* health checks in a row */
    ProbeAnswer last;
} Watch;

static bool read_baseline(Watch *watch, Error *err)
{
    const Deployment *deployment = watch->deployment;
    CLEANUP(json_free) Json *detail = NULL;
    const Json *baseline = NULL;

    if (!journal_step_detail(deployment->app->journal, deployment->record.id, "flip", &detail, err))
        return false;
    baseline = json_get(detail, "baseline");
    watch->old_p95_us = json_get_integer(baseline, "old_p95_us", -1);
    watch->old_latency_count = json_get_integer(baseline, "old_latency_count", 0);
    watch->requests_before = json_get_integer(baseline, "new_requests", 0);
    watch->failed_before = json_get_integer(baseline, "new_failed", 0);
    watch->handles_at_start = -1;
    return true;
}

/* ---- what is looked at each time ---- */

static bool instance_is_up(const Watch *watch, Error *err)
{
    const App *app = watch->deployment->app;
    InstanceState state = {0};

    if (instance_runs(app, &watch->instance))
        return true;
    if (!instance_look(app, watch->instance.slot, &state, err))
        return false;
    (void)runner_report_end(app->log_folder, slot_name(watch->instance.slot), &state, err);
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

static bool read_counts(Watch *watch, Error *err)
{
    const App *app = watch->deployment->app;
    EngineCounts counts = {0};

    if (!app->engine->count(&app->engine_context, slot_name(watch->instance.slot), false, &counts,
                            err))
        return false;
    /* Smaller than before: the engine's worker was replaced and counts from zero. */
    if (counts.requests < watch->requests_before || counts.failed < watch->failed_before) {
        watch->requests_before = 0;
        watch->failed_before = 0;
    }
    watch->requests = counts.requests - watch->requests_before;
    watch->failed = counts.failed - watch->failed_before;
    watch->p95_us = counts.p95_us;
    watch->latency_count = counts.latency_count;
    return true;
}

/* Caches fill and connections open right after a flip, while godeploy itself still works the disk:
 * the latency that is compared is that of the second half of the watch. */
static bool forget_warm_up(Watch *watch, int64_t elapsed_ms, Error *err)
{
    const App *app = watch->deployment->app;
    EngineCounts ignored = {0};

    if (watch->warmed_up || elapsed_ms < app->settings->watch.for_ms / 2)
        return true;
    watch->warmed_up = true;
    return app->engine->count(&app->engine_context, slot_name(watch->instance.slot), true, &ignored,
                              err);
}

static bool errors_are_few(const Watch *watch, Error *err)
{
    const Settings *settings = watch->deployment->app->settings;
    int64_t most_ppm = settings->watch.max_error_ppm;

    if (watch->requests < settings->watch.min_requests || watch->requests == 0 ||
        watch->failed * MILLION <= watch->requests * most_ppm)
        return true;
    (void)error_set(err, ERR_FLIPPED_BACK,
                    "%lld of %lld requests to release %s failed (%.2f%%, allowed are "
                    "%.2f%%)",
                    (long long)watch->failed, (long long)watch->requests, watch->instance.version,
                    100.0 * (double)watch->failed / (double)watch->requests,
                    (double)most_ppm / 10000.0);
    return error_hint(err, "See `godeploy logs`; the bound is watch.max_error_rate.");
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
    watch->handles = figures.handles;
    if (watch->handles_at_start < 0)
        watch->handles_at_start = figures.handles;
    if (watch->handles - watch->handles_at_start <= most)
        return true;
    (void)error_set(
        err, ERR_FLIPPED_BACK, "release %s leaks handles: %lld more in %lld s, allowed are %lld",
        watch->instance.version, (long long)(watch->handles - watch->handles_at_start),
        (long long)((clock_monotonic_ms() - watch->deployment->stage_started_ms) / 1000),
        (long long)most);
    return error_hint(err,
                      "Connections count too: raise watch.max_handle_growth if it is traffic.");
}

static bool look_once(Watch *watch, Error *err)
{
    return interrupt_check(err) && instance_is_up(watch, err) && is_healthy(watch, err) &&
           read_counts(watch, err) && errors_are_few(watch, err) && handles_are_steady(watch, err);
}

/* ---- what is judged at the end ---- */

static bool can_judge_latency(const Watch *watch)
{
    int64_t least = watch->deployment->app->settings->watch.min_requests;

    if (least < LATENCY_SAMPLES_LEAST)
        least = LATENCY_SAMPLES_LEAST;
    return watch->old_p95_us >= 0 && watch->p95_us >= 0 && watch->old_latency_count >= least &&
           watch->latency_count >= least;
}

static bool latency_is_bounded(const Watch *watch, Error *err)
{
    int64_t most_ppm = watch->deployment->app->settings->watch.max_p95_increase_ppm;
    int64_t growth_us = watch->p95_us - watch->old_p95_us;

    if (!can_judge_latency(watch) || growth_us <= LATENCY_NOISE_US ||
        growth_us * MILLION <= watch->old_p95_us * most_ppm)
        return true;
    (void)error_set(err, ERR_FLIPPED_BACK,
                    "the p95 latency of release %s is %.1f ms, that of release %s was %.1f ms",
                    watch->instance.version, (double)watch->p95_us / 1000.0,
                    watch->deployment->record.from_version, (double)watch->old_p95_us / 1000.0);
    return error_hint(err, "The bound is watch.max_p95_increase.");
}

/* What is not counted is said, not shown as nothing. */
static bool nothing_is_counted(const Watch *watch)
{
    Deployment *deployment = watch->deployment;
    const Engine *engine = deployment->app->engine;
    Json *detail = deployment_detail(deployment);

    if (engine->can & ENGINE_STATUS)
        return false;
    (void)json_put_integer(detail, "handle_growth", watch->handles - watch->handles_at_start);
    (void)json_put_text(detail, "errors", "not counted");
    (void)json_put_text(detail, "latency", "not counted");
    deployment_proof(deployment, "healthy; requests are not counted by engine %s", engine->name);
    return true;
}

static void prove(Watch *watch)
{
    Deployment *deployment = watch->deployment;
    int64_t least = deployment->app->settings->watch.min_requests;
    Json *detail = deployment_detail(deployment);
    char latency[48] = "latency inconclusive";
    const char *enough = watch->requests >= least ? "" : " (too few to judge by)";

    if (nothing_is_counted(watch))
        return;
    (void)json_put_integer(detail, "requests", watch->requests);
    (void)json_put_integer(detail, "failed", watch->failed);
    (void)json_put_integer(detail, "p95_us", watch->p95_us);
    (void)json_put_integer(detail, "old_p95_us", watch->old_p95_us);
    (void)json_put_integer(detail, "handle_growth", watch->handles - watch->handles_at_start);
    (void)json_put_text(detail, "errors",
                        watch->requests >= least ? "within bounds" : "inconclusive");
    (void)json_put_text(detail, "latency",
                        can_judge_latency(watch) ? "within bounds" : "inconclusive");
    if (can_judge_latency(watch))
        (void)snprintf(latency, sizeof latency, "p95 %.1f ms, was %.1f ms",
                       (double)watch->p95_us / 1000.0, (double)watch->old_p95_us / 1000.0);
    deployment_proof(deployment, "healthy; %lld requests, %lld failed%s; %s",
                     (long long)watch->requests, (long long)watch->failed, enough, latency);
}

/* ---- the stage ---- */

static bool watch_for_a_while(Watch *watch, Error *err)
{
    const Settings *settings = watch->deployment->app->settings;
    int64_t begin = clock_monotonic_ms();
    int64_t elapsed = 0;

    for (;;) {
        if (!look_once(watch, err))
            return false;
        elapsed = clock_monotonic_ms() - begin;
        if (elapsed >= settings->watch.for_ms)
            return latency_is_bounded(watch, err);
        if (!forget_warm_up(watch, elapsed, err))
            return false;
        deployment_progress(watch->deployment, (uint64_t)elapsed, (uint64_t)settings->watch.for_ms,
                            UNIT_MILLISECONDS);
        elapsed = settings->watch.for_ms - elapsed;
        (void)clock_sleep_ms(elapsed < settings->check.interval_ms ? elapsed
                                                                   : settings->check.interval_ms);
    }
}

bool stage_watch(Deployment *deployment, Error *err)
{
    const App *app = deployment->app;
    CLEANUP_TEXT_LIST TextList exec = {0};
    Watch watch = {.deployment = deployment, .instance = deployment_instance(deployment)};

    if (!read_baseline(&watch, err) ||
        !instance_health_check(app, &watch.instance, &exec, &watch.check, err))
        return false;
    if (!watch_for_a_while(&watch, err)) {
        if (err->code != ERR_INTERRUPTED) {
            instance_show_last_lines(app, watch.instance.slot, err);
            (void)error_hint(err, "`godeploy logs --slot %s` shows what it wrote.",
                             slot_name(watch.instance.slot));
        }
        return error_while(err, "watching release %s", watch.instance.version);
    }
    prove(&watch);
    return app->runner->mark_good(app->run_folder, slot_name(watch.instance.slot), err);
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
