/* traffic_crash: traffic never goes astray: the real stages from start to retire, killed or left by
 * the journal at every write and before and after everything that changes the world (route,
 * instance), for each way in which traffic moves. The engine and the runner are fake; what they
 * hold outlives the process that is killed. Included once in a test program. */
#ifndef GODEPLOY_TESTS_DEPLOY_TRAFFIC_CRASH_H
#define GODEPLOY_TESTS_DEPLOY_TRAFFIC_CRASH_H

#include "deploy/pipeline.h"
#include "deploy/reconcile.h"
#include "deploy/release/release.h"
#include "deploy/situation.h"
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"
#include "tests/deploy/journal_faults.h"

/* ---- the stages before start, and what a release on disk is ---- */

#define DOES_NOTHING(name)                                                                         \
    bool name(Deployment *deployment, Error *err)                                                  \
    {                                                                                              \
        (void)deployment;                                                                          \
        (void)err;                                                                                 \
        return true;                                                                               \
    }
#define ALWAYS_HOLDS(name)                                                                         \
    bool name(Deployment *deployment)                                                              \
    {                                                                                              \
        (void)deployment;                                                                          \
        return true;                                                                               \
    }

DOES_NOTHING(stage_fetch)
DOES_NOTHING(undo_fetch)
ALWAYS_HOLDS(holds_fetch)
DOES_NOTHING(stage_verify)
ALWAYS_HOLDS(holds_verify)
DOES_NOTHING(stage_unpack)
DOES_NOTHING(record_unpack)
DOES_NOTHING(undo_unpack)
ALWAYS_HOLDS(holds_unpack)

bool __wrap_release_check_tree(const App *app, const ReleaseRecord *release, Error *err);
bool __wrap_release_check_tree(const App *app, const ReleaseRecord *release, Error *err)
{
    (void)app;
    (void)release;
    (void)err;
    return true;
}

/* ---- the world ---- */

typedef enum Way { BLUE_GREEN, EXCLUSIVE, CANARY, WAY_COUNT } Way;

static const char *const way_words[WAY_COUNT] = {"blue-green", "exclusive", "canary"};

typedef struct Course {
    Way way;
    bool paused; /* by the operator, before it all begins */
    bool ill;    /* the new release, once it has the traffic or a share of it */
} Course;

typedef struct World {
    EngineView view;
    InstanceState instances[SLOT_COUNT];
} World;

enum { ASTRAY = 9 };

static Course course;

static void save_world(void)
{
    CLEANUP(free) char *path = path_join(app_scene->root, "world");
    World world = {.view = app_scene->view};
    Error err = {0};

    memcpy(world.instances, app_scene->instances, sizeof world.instances);
    assert_true(path && file_write_atomic(path, (const char *)&world, sizeof world, 0600, &err));
}

static void load_world(void)
{
    CLEANUP(free) char *path = path_join(app_scene->root, "world");
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    World world;

    assert_non_null(path);
    assert_done(file_read_all(path, sizeof world, &bytes, &length, &app_scene->err));
    assert_int_equal(length, sizeof world);
    memcpy(&world, bytes, sizeof world);
    app_scene->view = world.view;
    memcpy(app_scene->instances, world.instances, sizeof world.instances);
}

static bool is_up(int slot)
{
    return app_scene->instances[slot].state == INSTANCE_RUNNING;
}

/* What must be true between any two steps. NULL, or what is not. */
static const char *astray(void)
{
    const EngineView *view = &app_scene->view;

    if (course.way == EXCLUSIVE && is_up(SLOT_BLUE) && is_up(SLOT_GREEN))
        return "both instances of an app that cannot run twice are up";
    if (view->active == ROUTE_NO_SLOT)
        return "there is no route";
    if (course.paused && view->gate == ROUTE_OPEN)
        return "the operator's gate is open";
    if (view->gate == ROUTE_OPEN && !is_up(view->active))
        return "requests go to an instance that is not up";
    if (view->candidate_ppm > 0 && !is_up(1 - view->active))
        return "a share of the clients goes to an instance that is not up";
    return NULL;
}

static void touched(bool done)
{
    (void)done;
    if (astray()) {
        print_error("%s: %s\n", text_chars(&app_scene->log), astray());
        die(ASTRAY);
    }
    if (!done && ++journal_fault.writes == journal_fault.at && journal_fault.fault == KILLED_BEFORE)
        die(KILLED);
    if (done && journal_fault.writes == journal_fault.at && journal_fault.fault == KILLED_AFTER)
        die(KILLED);
}

static void set_settings(void)
{
    Settings *settings = &app_scene->settings;

    settings->watch.for_ms = 1000;
    settings->watch.max_handle_growth = 1000;
    if (course.way == EXCLUSIVE)
        settings->traffic.strategy = STRATEGY_EXCLUSIVE;
    if (course.way == CANARY) {
        settings->canary.steps_ppm[0] = 50000;
        settings->canary.steps_ppm[1] = 250000;
        settings->canary.step_count = 2;
        settings->canary.interval_ms = 1000;
    }
}

/* 1.0.0 serves; 2.0.0 lies unpacked on disk. */
static void begin(void **state)
{
    PauseRecord pause = {.since_ms = 1, .by = "somebody"};

    assert_int_equal(host_setup(state), 0);
    scene_release("1.0.0", RELEASE_GOOD, 100);
    scene_release("2.0.0", RELEASE_UNPACKED, 1);
    scene_serves("1.0.0", SLOT_BLUE);
    set_settings();
    if (course.paused) {
        assert_done(journal_save_pause(app_scene->app.journal, &pause, &app_scene->err));
        app_scene->view.gate = ROUTE_HELD;
    }
    journal_fault.last_act = save_world;
    save_world();
}

static const DeployRequest to_2 = {.kind = KIND_DEPLOY, .version = "2.0.0"};

static void deploy(const void *context)
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    (void)context;
    app_scene->touched = touched;
    if (course.ill) {
        fake_host.sick_release = "2.0.0";
        fake_host.well = 1;
    }
    if (pipeline_open(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err))
        (void)pipeline_run(&deployment, &app_scene->err);
}

/* ---- what the next command makes of it ---- */

static void mend(void)
{
    size_t mended = 0, left = 0;

    assert_done(reconcile(&app_scene->app, NULL, &mended, &left, &app_scene->err));
    assert_int_equal(left, 0);
}

static void touched_again(bool done)
{
    (void)done;
    if (astray())
        fail_msg("%s: %s", text_chars(&app_scene->log), astray());
}

static void go_on(bool (*how)(Deployment *deployment, Error *err))
{
    CLEANUP_DEPLOYMENT Deployment deployment = {0};

    if (!journal_has_open(app_scene->app.journal))
        return;
    assert_done(pipeline_reopen(&app_scene->app, &to_2, NULL, &deployment, &app_scene->err));
    assert_done(how(&deployment, &app_scene->err));
}

static void resume(void)
{
    mend();
    go_on(pipeline_run);
}

static void take_back(void)
{
    go_on(pipeline_abort);
    mend();
}

/* Exactly one release serves, the journal says which, and nothing is left to do. */
static void assert_settled(Fault fault, int at)
{
    static Situation situation;
    const EngineView *view = &app_scene->view;
    ServingRecord serving = scene_serving();
    RouteGate gate = course.paused ? ROUTE_HELD : ROUTE_OPEN;

    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    if (situation.finding_count == 0 && !situation.has_open && !astray() && view->gate == gate &&
        view->candidate_ppm == 0 && view->active == (int)serving.slot && is_up(view->active) &&
        !is_up(1 - view->active) && text_equal(view->release, serving.version))
        return;
    fail_msg("%s%s%s, %s %d: route to %d (%s), gate %d, share %lld; serving %s; up %d %d; open %d; "
             "%zu findings: %s; %s; astray: %s",
             way_words[course.way], course.paused ? ", paused" : "", course.ill ? ", ill" : "",
             fault_words[fault], at, view->active, view->release, (int)view->gate,
             (long long)view->candidate_ppm, serving.version, is_up(SLOT_BLUE), is_up(SLOT_GREEN),
             situation.has_open, situation.finding_count, situation.findings[0].text,
             text_chars(&app_scene->log), astray() ? astray() : "no");
}

/* Returns how many steps there were to be hit at. The two ways on
 * take turns. */
static int at_every_step(Fault fault, void (*odd)(void), void (*even)(void))
{
    for (int at = 1; at < MOST_WRITES; at++) {
        void *state = NULL;
        bool not_hit = false;

        begin(&state);
        not_hit = faults_run(fault, at, deploy, NULL);
        load_world();
        assert_null(astray());
        if (not_hit)
            assert_settled(fault, at); /* without the help of the next command */
        app_scene->touched = touched_again;
        (at % 2 == 1 ? odd : even)();
        assert_settled(fault, at);
        if (not_hit && !course.ill)
            assert_string_equal(scene_serving().version, "2.0.0");
        assert_int_equal(scene_teardown(&state), 0);
        if (not_hit)
            return at;
    }
    fail_msg("it never ends");
    return 0;
}

/* Killed after a step is killed before the next one. */
static void whatever_happens(Way way, bool paused, bool ill)
{
    course = (Course){way, paused, ill};
    assert_true(at_every_step(KILLED_BEFORE, resume, resume) > 30);
    assert_true(at_every_step(KILLED_BEFORE, take_back, take_back) > 30);
    assert_true(at_every_step(ALL_WRITES_FAIL, resume, take_back) > 30);
}

#define WHATEVER_HAPPENS(name, way, paused, ill)                                                   \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        whatever_happens(way, paused, ill);                                                        \
    }

#endif
