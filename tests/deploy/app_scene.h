/* app_scene: an app in a temporary folder: real settings, a real journal, and an engine and a
 * runner that are fake: they do what they are asked, write down that they were, and fail where a
 * test says so. Included once in a test program. */
#ifndef GODEPLOY_TESTS_DEPLOY_APP_SCENE_H
#define GODEPLOY_TESTS_DEPLOY_APP_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/process/process.h"
#include "base/text.h"
#include "deploy/app.h"
#include "deploy/deployment.h"
#include "deploy/runner/runner_log.h"
#include "tests/support/temporary_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct AppScene {
    App app;
    Settings settings;
    Observer observer;
    char root[TEMPORARY_FOLDER_SIZE];

    Engine engine;                   /* the fake one; a test may take abilities away */
    EngineView view;                 /* what the engine shows */
    Route route;                     /* what it was told last */
    EngineCounts counts[SLOT_COUNT]; /* what it counts */
    EngineAnswer answer;             /* who answers in public; slot -2: whoever the route names */
    InstanceState instances[SLOT_COUNT];
    StopReport stop;            /* how an instance ends */
    int64_t closed_over_ms;     /* what the last `close` was given */
    const char *broken;         /* words of what fails: "set stop"; NULL: nothing does */
    const char *hindered;       /* why what serves may not start; NULL: it may */
    void (*counted)(void);      /* NULL, or called before each count */
    void (*touched)(bool done); /* NULL, or called before and after what changes the world */
    Text log;                   /* "set green 2.0.0, stop blue, " */
    Text events;                /* "stage_done fetch: 5 bytes\n" */
    Error err;
} AppScene;

static AppScene *app_scene; /* the runner's functions are given nothing to find it by */

enum { SCENE_ANSWERS_TRULY = -2 };

/* ---- the fakes ---- */

static inline bool scene_works(const char *what, Error *err)
{
    if (app_scene->broken && strstr(app_scene->broken, what))
        return error_set(err, ERR_ENGINE, "%s is broken", what);
    return true;
}

static inline void scene_touch(bool done)
{
    if (app_scene->touched)
        app_scene->touched(done);
}

static inline bool fake_ensure(const EngineContext *context, Error *err)
{
    (void)context;
    if (!scene_works("ensure", err))
        return false;
    text_append(&app_scene->log, "ensure, ");
    app_scene->view.running = true;
    return true;
}

static inline bool fake_show(const EngineContext *context, EngineView *out, Error *err)
{
    (void)context;
    if (!scene_works("show", err))
        return false;
    *out = app_scene->view;
    out->listen[0] = app_scene->settings.traffic.listen[0]; /* one that is added it has not */
    out->listen_count = out->known ? 1 : 0;
    return true;
}

static const char *const scene_gates[] = {
    [ROUTE_OPEN] = "", [ROUTE_HELD] = " held", [ROUTE_MAINTENANCE] = " maintenance"};

/* As godeploy-proxy does: by what travels to it. */
static inline bool scene_takes(const Route *route, Error *err)
{
    CLEANUP(json_free) Json *json = route_to_json(route);
    Route taken;

    return json && route_from_json(json, &taken, err);
}

static inline bool fake_set(const EngineContext *context, const Route *route, Error *err)
{
    (void)context;
    if (!scene_takes(route, err))
        return false;
    if (!scene_works(route->active == SLOT_BLUE ? "set blue" : "set green", err))
        return false;
    scene_touch(false);
    text_appendf(&app_scene->log, "set %s %s", slot_name((Slot)route->active), route->release);
    if (route->candidate_ppm > 0)
        text_appendf(&app_scene->log, " +%lld%% %s", (long long)route->candidate_ppm / 10000,
                     route->candidate_release);
    text_appendf(&app_scene->log, "%s, ", scene_gates[route->gate]);
    app_scene->view = (EngineView){.running = true,
                                   .known = true,
                                   .active = route->active,
                                   .gate = route->gate,
                                   .candidate_ppm = route->candidate_ppm};
    app_scene->route = *route;
    (void)snprintf(app_scene->view.release, sizeof app_scene->view.release, "%s", route->release);
    scene_touch(true);
    return true;
}

static inline bool fake_remove(const EngineContext *context, Error *err)
{
    (void)context;
    if (!scene_works("remove", err))
        return false;
    scene_touch(false);
    text_append(&app_scene->log, "remove, ");
    app_scene->view = (EngineView){.running = true, .active = ROUTE_NO_SLOT};
    scene_touch(true);
    return true;
}

static inline bool fake_count(const EngineContext *context, const char *slot, bool fresh,
                              EngineCounts *out, Error *err)
{
    (void)context;
    (void)fresh;
    if (!scene_works("count", err))
        return false;
    if (app_scene->counted)
        app_scene->counted();
    *out = app_scene->counts[slot_by_name(slot)];
    return true;
}

static inline bool fake_close(const EngineContext *context, const char *slot, EngineClass class_,
                              int64_t over_ms, int64_t *closed, Error *err)
{
    EngineCounts *counts = &app_scene->counts[slot_by_name(slot)];
    int64_t *const lefts[] = {&counts->in_flight, &counts->idle, &counts->upgraded};

    (void)context;
    if (!scene_works("close", err))
        return false;
    text_appendf(&app_scene->log, "close %s %s", slot, engine_class_name(class_));
    text_append(&app_scene->log, over_ms > 0 ? " slowly, " : ", ");
    app_scene->closed_over_ms = over_ms;
    *closed = *lefts[class_];
    *lefts[class_] = 0;
    return true;
}

static inline bool fake_who_answers(const EngineContext *context, const Route *route,
                                    const Address *listen, EngineAnswer *out, Error *err)
{
    (void)context;
    (void)listen;
    if (!scene_works("answer", err))
        return false;
    *out = app_scene->answer;
    if (out->slot == SCENE_ANSWERS_TRULY)
        out->slot = route->active;
    return true;
}

static const Engine fake_engine = {
    .name = "fake",
    .can = ENGINE_PER_REQUEST | ENGINE_PER_CONNECTION | ENGINE_OPENS_PORT | ENGINE_COUNTS_CLASSES |
           ENGINE_STATUS | ENGINE_LATENCY | ENGINE_CLOSES | ENGINE_PAUSE | ENGINE_WEIGHTS,
    .ensure = fake_ensure,
    .show = fake_show,
    .set = fake_set,
    .remove = fake_remove,
    .count = fake_count,
    .close = fake_close,
    .who_answers = fake_who_answers,
};

/* An instance that runs: its process is this test, which is alive as long as anybody asks. */
static inline void scene_run(Slot slot, const char *release, const char *instance)
{
    InstanceState *state = &app_scene->instances[slot];
    Error err = {0};

    *state = (InstanceState){.state = INSTANCE_RUNNING};
    (void)snprintf(state->release, sizeof state->release, "%s", release);
    (void)snprintf(state->instance, sizeof state->instance, "%s", instance);
    assert_true(process_identify(process_own_pid(), &state->process, &err));
}

static inline bool fake_start(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    if (!scene_works(text_equal(spec->place.slot, "blue") ? "start blue" : "start green", err))
        return false;
    scene_touch(false);
    text_appendf(&app_scene->log, "start %s %s, ", spec->place.slot, spec->release);
    scene_run(slot_by_name(spec->place.slot), spec->release, spec->instance);
    scene_touch(true);
    *out = app_scene->instances[slot_by_name(spec->place.slot)];
    return true;
}

static inline bool fake_look(const InstancePlace *place, InstanceState *out, Error *err)
{
    if (!scene_works("look", err))
        return false;
    *out = app_scene->instances[slot_by_name(place->slot)];
    return true;
}

static inline bool fake_mark_good(const InstancePlace *place, Error *err)
{
    if (!scene_works("good", err))
        return false;
    text_appendf(&app_scene->log, "good %s, ", place->slot);
    return true;
}

static inline bool fake_adopt(const InstanceSpec *spec, InstanceState *out, Error *err)
{
    InstanceState *state = &app_scene->instances[slot_by_name(spec->place.slot)];

    if (!scene_works("adopt", err))
        return false;
    text_appendf(&app_scene->log, "adopt %s, ", spec->place.slot);
    state->state = INSTANCE_RUNNING;
    *out = *state;
    return true;
}

static inline bool fake_stop(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out,
                             Error *err)
{
    (void)stop_timeout_ms;
    if (!scene_works("stop", err))
        return false;
    scene_touch(false);
    text_appendf(&app_scene->log, "stop %s, ", place->slot);
    app_scene->instances[slot_by_name(place->slot)] = (InstanceState){.state = INSTANCE_ABSENT};
    scene_touch(true);
    if (out)
        *out = app_scene->stop;
    return true;
}

static inline bool fake_hindered(const InstancePlace *place, bool serves, Error *why)
{
    (void)place;
    if (!serves || !app_scene->hindered)
        return false;
    (void)error_set(why, ERR_START, "%s", app_scene->hindered);
    (void)error_hint(why, "Let it.");
    return true;
}

static const Runner fake_runner = {
    .name = "fake",
    .start = fake_start,
    .look = fake_look,
    .mark_good = fake_mark_good,
    .adopt = fake_adopt,
    .stop = fake_stop,
    .last_lines = runner_log_last_lines,
    .new_lines = runner_log_new_lines,
    .hindered = fake_hindered,
};

static inline void scene_notice(void *context, const Event *event)
{
    AppScene *scene = context;
    const char *text = event->error ? event->error->message : event->text;

    if (event->kind != EVENT_STAGE_PROGRESS)
        text_appendf(&scene->events, "%s %s: %s\n", event_kind_name(event->kind),
                     event->stage ? event->stage : "-", text ? text : "");
}

/* ---- the scene ---- */

static inline char *scene_text(const char *text)
{
    char *copy = text_copy(text);

    assert_non_null(copy);
    return copy;
}

static inline void scene_settings(AppScene *scene)
{
    Settings *settings = &scene->settings;

    settings->app = scene_text("shop");
    settings->root = scene_text(scene->root);
    settings->folder = scene_text(scene->root);
    settings->release.source = scene_text("shop-{version}.zip");
    settings->release.signature = scene_text("{source}.sig");
    settings->release.keep = 5;
    settings->release.max_size = 1 << 20;
    settings->release.max_unpacked = 1 << 24;
    settings->release.max_entries = 100;
    settings->release.max_ratio = 200;
    settings->release.tries = 1;
    settings->release.connect_timeout_ms = 10000;
    settings->release.stall_timeout_ms = 10000;
    settings->release.require_manifest = true;
    settings->verify.rsa.scheme = scene_text("pkcs1-sha256");
    settings->service.preset = scene_text("none");
    settings->service.stop_timeout_ms = 5000;
    settings->traffic.slots[SLOT_BLUE] = 18081;
    settings->traffic.slots[SLOT_GREEN] = 18082;
    settings->traffic.listen_count = 1;
    assert_true(address_parse("127.0.0.1:8080", &settings->traffic.listen[0], &scene->err));
    settings->check.path = scene_text("/healthz");
    settings->check.expect = 200;
    settings->check.passes = 3;
    settings->check.interval_ms = 200;
    settings->check.timeout_ms = 2000;
    settings->check.deadline_ms = 60000;
    settings->hooks.timeout_ms = 60000;
}

static inline int scene_setup(void **state)
{
    AppScene *scene = calloc(1, sizeof *scene);
    const char *const folders[] = {"releases", "manifests", "incoming", "logs", "run"};
    CLEANUP(free) char *journal = NULL;

    assert_non_null(scene);
    app_scene = scene;
    assert_true(temporary_folder_in_memory(scene->root, "app"));
    scene_settings(scene);
    scene->engine = fake_engine;
    scene->app = (App){
        .settings = &scene->settings,
        .engine = &scene->engine,
        .engine_context = {.root = scene->root, .app = "shop"},
        .runner = &fake_runner
    };
    scene->app.folder = path_join(scene->root, "shop");
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        CLEANUP(free) char *folder = app_path(&scene->app, folders[i]);

        assert_true(folder_create(folder, &scene->err));
    }
    scene->app.run_folder = app_path(&scene->app, "run");
    scene->app.log_folder = app_path(&scene->app, "logs");
    journal = app_path(&scene->app, "journal.db");
    assert_true(journal_open(journal, JOURNAL_CREATE, &scene->app.journal, &scene->err));
    scene->observer = (Observer){.notice = scene_notice, .context = scene};
    scene->view.active = ROUTE_NO_SLOT;
    scene->answer.slot = SCENE_ANSWERS_TRULY;
    *state = scene;
    return 0;
}

static inline int scene_teardown(void **state)
{
    AppScene *scene = *state;
    Settings *settings = &scene->settings;
    char *const texts[] = {settings->app,
                           settings->root,
                           settings->folder,
                           settings->release.source,
                           settings->release.signature,
                           settings->verify.rsa.scheme,
                           settings->verify.checksums,
                           settings->service.preset,
                           settings->check.path,
                           settings->check.identity_header};

    journal_close(scene->app.journal);
    assert_true(folder_remove_tree(scene->root, &scene->err));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    text_list_free(&settings->release.headers);
    text_list_free(&settings->verify.rsa.keys);
    text_list_free(&settings->verify.rsa.deny);
    text_list_free(&settings->verify.authenticode.files);
    text_list_free(&settings->service.command);
    text_list_free(&settings->service.environment);
    text_list_free(&settings->check.exec);
    free(scene->app.folder);
    free(scene->app.run_folder);
    free(scene->app.log_folder);
    text_free(&scene->log);
    text_free(&scene->events);
    free(scene);
    return 0;
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

/* Says what went wrong instead of only that something did. */
#define assert_done(call)                                                                          \
    do {                                                                                           \
        app_scene->err = (Error){0};                                                               \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s", #call, error_code_name(app_scene->err.code),                    \
                     app_scene->err.message);                                                      \
    } while (0)

/* It fails with this code, and its message holds these words. */
#define assert_fails(call, expected_code, words)                                                   \
    do {                                                                                           \
        app_scene->err = (Error){0};                                                               \
        if ((call) || app_scene->err.code != (expected_code) ||                                    \
            !strstr(app_scene->err.message, (words)))                                              \
            fail_msg("%s: expected %s with \"%s\", got %s: %s", #call,                             \
                     error_code_name(expected_code), (words),                                      \
                     error_code_name(app_scene->err.code), app_scene->err.message);                \
    } while (0)

static inline void assert_log(const char *expected)
{
    assert_string_equal(text_chars(&app_scene->log), expected);
}

static inline void assert_told(const char *line)
{
    if (!strstr(text_chars(&app_scene->events), line))
        fail_msg("\"%s\" is not among\n%s", line, text_chars(&app_scene->events));
}

/* ---- what stands in the journal and on disk before the test ---- */

/* A release with one file in its folder; `age` orders them: larger is longer ago. */
static inline void scene_release(const char *version, ReleaseState release_state, int age)
{
    CLEANUP(free) char *folder = app_path_in(&app_scene->app, "releases", version);
    CLEANUP(free) char *file = path_join(folder, "shop");
    ReleaseRecord release = {.state = release_state, .size_bytes = 10, .attested = true};

    (void)snprintf(release.version, sizeof release.version, "%s", version);
    (void)snprintf(release.digest, sizeof release.digest, "digest of %s", version);
    release.unpacked_ms = 1000000 - age;
    release.served_ms =
        release_state == RELEASE_GOOD || release_state == RELEASE_BAD ? release.unpacked_ms : 0;
    assert_true(folder_create(folder, &app_scene->err));
    assert_true(file_write_atomic(file, "0123456789", 10, 0600, &app_scene->err));
    assert_true(journal_save_release(app_scene->app.journal, &release, &app_scene->err));
}

static inline void scene_record_instance(Slot slot, const char *version, const char *instance)
{
    SlotRecord record = {0};

    (void)snprintf(record.version, sizeof record.version, "%s", version);
    (void)snprintf(record.instance, sizeof record.instance, "%s", instance);
    assert_true(journal_save_instance(app_scene->app.journal, slot, &record, &app_scene->err));
}

/* `version` serves from `slot`, in the journal, in the engine and as a process named "i-VERSION".
 */
static inline void scene_serves(const char *version, Slot slot)
{
    ServingRecord serving = {.slot = slot, .since_ms = 1};

    (void)snprintf(serving.version, sizeof serving.version, "%s", version);
    (void)snprintf(serving.instance, sizeof serving.instance, "i-%.20s", version);
    assert_true(journal_save_serving(app_scene->app.journal, &serving, &app_scene->err));
    scene_record_instance(slot, version, serving.instance);
    scene_run(slot, version, serving.instance);
    app_scene->view = (EngineView){.running = true, .known = true, .active = (int)slot};
    (void)snprintf(app_scene->view.release, sizeof app_scene->view.release, "%s", version);
}

static inline ServingRecord scene_serving(void)
{
    ServingRecord serving = {0};

    assert_true(journal_serving(app_scene->app.journal, &serving, &app_scene->err));
    return serving;
}

static inline ReleaseRecord scene_find_release(const char *version)
{
    ReleaseRecord release = {0};
    bool found = false;

    assert_true(
        journal_find_release(app_scene->app.journal, version, &release, &found, &app_scene->err));
    assert_true(found);
    return release;
}

/* A deployment from 1.0.0 in blue to 2.0.0 in green, as a stage finds it. */
static inline Deployment scene_deployment(void)
{
    Deployment deployment = {.app = &app_scene->app, .observer = &app_scene->observer};
    DeploymentRecord *record = &deployment.record;

    record->from_slot = SLOT_BLUE;
    record->slot = SLOT_GREEN;
    record->started_ms = clock_wall_ms();
    (void)snprintf(record->version, sizeof record->version, "2.0.0");
    (void)snprintf(record->from_version, sizeof record->from_version, "1.0.0");
    (void)snprintf(record->instance, sizeof record->instance, "i-2.0.0");
    (void)snprintf(record->proof, sizeof record->proof, "token");
    assert_true(journal_open_deployment(app_scene->app.journal, record, &app_scene->err));
    return deployment;
}

#endif
