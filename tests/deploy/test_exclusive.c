/* Tests deploy/exclusive.c by way of the stages start and flip: the old instance makes room, and
 * comes back where the new one cannot take its place. What a crash makes of it is in
 * test_exclusive_crash.c. */
#include "deploy/release/release.h"
#include "deploy/situation.h"
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

bool __wrap_release_check_tree(const App *app, const ReleaseRecord *release, Error *err);
bool __wrap_release_check_tree(const App *app, const ReleaseRecord *release, Error *err)
{
    (void)app;
    (void)release;
    (void)err;
    return true;
}

/* 1.0.0 serves from blue, and 2.0.0 is to start. */
static Deployment before_start(void)
{
    Deployment deployment = {0};

    scene_release("1.0.0", RELEASE_GOOD, 100);
    scene_release("2.0.0", RELEASE_UNPACKED, 1);
    scene_serves("1.0.0", SLOT_BLUE);
    deployment = scene_deployment();
    deployment.rollout = (RolloutRecord){.deployment = deployment.record.id, .exclusive = true};
    deployment.stage = "start";
    app_scene->settings.traffic.strategy = STRATEGY_EXCLUSIVE;
    app_scene->settings.drain.in_flight_ms = 3000;
    app_scene->settings.drain.upgraded_ms = 60000;
    return deployment;
}

static void the_old_instance_ends_before_the_new_one_starts(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 held, stop blue, stop green, start green 2.0.0, ");
    assert_told("note start: release 1.0.0 ended in");
}

static void what_is_under_way_may_end_first(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();
    int64_t begin = fake_clock.now_ms;

    (void)state;
    app_scene->counts[SLOT_BLUE] = (EngineCounts){.in_flight = 2, .idle = 1, .upgraded = 4};
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 held, close blue idle, close blue upgraded, close blue "
               "in_flight, stop blue, stop green, start green 2.0.0, ");
    assert_in_range(fake_clock.now_ms - begin, 3000,
                    3200); /* drain.in_flight; nothing waits longer */
    assert_told("drain.in_flight ended: cut 2 requests of release 1.0.0");
}

static void an_engine_that_does_not_count_keeps_nobody_waiting(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    app_scene->broken = "count";
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_told("the old slot could not be counted: count is broken");
}

static void the_flip_opens_the_gate(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    assert_done(stage_start(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set green 2.0.0, ");
}

static void the_first_deployment_needs_no_room(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    deployment.record.from_version[0] = '\0';
    deployment.record.from_slot = SLOT_NONE;
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_log("stop green, start green 2.0.0, ");
}

/* ---- the way back ---- */

static void where_the_new_one_does_not_start_the_old_one_comes_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    app_scene->broken = "start green";
    assert_fails(stage_start(&deployment, &app_scene->err), ERR_ENGINE, "starting release 2.0.0");
    assert_log("ensure, set blue 1.0.0 held, stop blue, stop green, ensure, stop blue, start blue "
               "1.0.0, good blue, set blue 1.0.0, ");
    assert_string_equal(app_scene->instances[SLOT_BLUE].instance, "i-1.0.0");
    deployment_say_what_serves(&deployment, &app_scene->err);
    assert_string_equal(app_scene->err.serves, "release 1.0.0 again answers all requests");
}

static void where_not_even_the_old_one_comes_back_the_state_is_open(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    app_scene->broken = "start green start blue";
    assert_fails(stage_start(&deployment, &app_scene->err), ERR_STATE,
                 "giving the traffic back to release 1.0.0");
    deployment_say_what_serves(&deployment, &app_scene->err);
    assert_string_equal(app_scene->err.serves,
                        "release 1.0.0 is the one to answer, but the gate is shut: requests wait");
}

static void ctrl_c_brings_the_old_one_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    app_scene->counts[SLOT_BLUE] = (EngineCounts){.in_flight = 2};
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 1000;
    assert_fails(stage_start(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
    assert_log("ensure, set blue 1.0.0 held, ensure, adopt blue, set blue 1.0.0, ");
    assert_int_equal(fake_clock.holds, 0);
}

static void undone_the_new_one_ends_before_the_old_one_starts(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_done(record_start(&deployment, &app_scene->err));
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_done(record_flip(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    assert_done(undo_flip(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 held, ");
    assert_string_equal(scene_serving().version, "1.0.0");
    text_clear(&app_scene->log);
    assert_done(undo_start(&deployment, &app_scene->err));
    assert_log("stop green, ensure, stop blue, start blue 1.0.0, good blue, set blue 1.0.0, ");
}

static void a_flip_that_is_not_proven_keeps_requests_waiting(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    assert_done(stage_start(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    app_scene->answer.slot = ROUTE_NO_SLOT;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP, "not answered by");
    assert_log("ensure, set green 2.0.0, set blue 1.0.0 held, ");
}

/* ---- as the next command sees it ---- */

static void that_the_old_one_is_down_is_what_the_open_deployment_says(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();
    StepRecord step = {.stage = "start", .state = STEP_INTENT};
    static Situation situation;

    (void)state;
    assert_done(journal_save_rollout(app_scene->app.journal, &deployment.rollout, &app_scene->err));
    assert_done(journal_save_step(app_scene->app.journal, deployment.record.id, &step, NULL,
                                  &app_scene->err));
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
    app_scene->view.gate = ROUTE_HELD;
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_int_equal(situation.finding_count, 1);
    assert_int_equal(situation.findings[0].kind, FINDING_OPEN_DEPLOYMENT);
    assert_non_null(strstr(situation.findings[0].text, "; requests wait at the gate"));
}

static void the_settings_of_today_do_not_change_a_deployment_of_yesterday(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = before_start();

    (void)state;
    app_scene->settings.traffic.strategy = STRATEGY_BLUE_GREEN;
    assert_done(stage_start(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 held, stop blue, stop green, start green 2.0.0, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(the_old_instance_ends_before_the_new_one_starts),
        HOST_TEST(what_is_under_way_may_end_first),
        HOST_TEST(an_engine_that_does_not_count_keeps_nobody_waiting),
        HOST_TEST(the_flip_opens_the_gate),
        HOST_TEST(the_first_deployment_needs_no_room),
        HOST_TEST(where_the_new_one_does_not_start_the_old_one_comes_back),
        HOST_TEST(where_not_even_the_old_one_comes_back_the_state_is_open),
        HOST_TEST(ctrl_c_brings_the_old_one_back),
        HOST_TEST(undone_the_new_one_ends_before_the_old_one_starts),
        HOST_TEST(a_flip_that_is_not_proven_keeps_requests_waiting),
        HOST_TEST(that_the_old_one_is_down_is_what_the_open_deployment_says),
        HOST_TEST(the_settings_of_today_do_not_change_a_deployment_of_yesterday),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
