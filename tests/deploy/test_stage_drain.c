/* Tests deploy/stage_drain.c: each class of connections has a budget of its own. Time is fake. */
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

static Deployment draining(EngineCounts old)
{
    Deployment deployment = host_deployment();
    Settings *settings = &app_scene->settings;

    settings->drain.in_flight_ms = 30000;
    settings->drain.idle_ms = 5000;
    settings->drain.upgraded_ms = 60000;
    app_scene->counts[SLOT_BLUE] = old;
    return deployment;
}

static int64_t cut(const Deployment *deployment, const char *what)
{
    return json_get_integer(json_get(deployment->detail, "cut"), what, -1);
}

static void a_slot_with_nothing_to_do_is_drained_at_once(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){0});
    int64_t begin = fake_clock.now_ms;

    (void)state;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_int_equal(fake_clock.now_ms, begin);
    assert_string_equal(deployment.proof, "slot blue has nothing left to do");
    assert_log("");
}

static void nothing_that_served_before_needs_no_drain(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.in_flight = 1});

    (void)state;
    deployment.record.from_version[0] = '\0';
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_string_equal(deployment.proof, "nothing served before");
}

static void finish_after_a_second(void)
{
    if (fake_clock.now_ms >= INT64_C(1700000001000))
        app_scene->counts[SLOT_BLUE].in_flight = 0;
}

static void requests_that_end_in_time_are_not_cut(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.in_flight = 3});

    (void)state;
    app_scene->counted = finish_after_a_second;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_log("");
    assert_int_equal(cut(&deployment, "in_flight"), 0);
    assert_in_range(fake_clock.now_ms, INT64_C(1700000001000), INT64_C(1700000001200));
}

static void each_class_is_cut_when_its_own_budget_ends(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment =
        draining((EngineCounts){.in_flight = 3, .idle = 4, .upgraded = 5});
    int64_t begin = fake_clock.now_ms;

    (void)state;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_log("close blue idle, close blue upgraded slowly, close blue in_flight, ");
    assert_in_range(fake_clock.now_ms - begin, 30000, 30200);
    assert_int_equal(cut(&deployment, "idle"), 4);
    assert_string_equal(deployment.proof, "cut 3 in flight, 0 upgraded");
    assert_told("upgraded connections closed one by one: 5");
    assert_told("cut 3 requests and 0 upgraded connections of release 1.0.0");
}

static void idle_connections_that_are_closed_are_no_loss(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.idle = 4});

    (void)state;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_string_equal(deployment.proof, "slot blue has nothing left to do");
    assert_null(strstr(text_chars(&app_scene->events), "warning"));
}

static void count_on(void)
{
    app_scene->counts[SLOT_BLUE].upgraded = 1; /* the engine's books are late for ever */
}

static void what_was_closed_is_not_waited_for(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.upgraded = 1});
    int64_t begin = fake_clock.now_ms;

    (void)state;
    app_scene->counted = count_on;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_log("close blue upgraded slowly, close blue upgraded, ");
    assert_in_range(fake_clock.now_ms - begin, 60000, 60200);
}

static int64_t slowly_ms; /* as the engine was told first */

static void one_is_left(void)
{
    if (app_scene->closed_over_ms > 0)
        slowly_ms = app_scene->closed_over_ms;
    count_on();
}

static void upgraded_connections_are_closed_over_the_rest_of_their_budget(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.upgraded = 1});

    (void)state;
    app_scene->counted = one_is_left;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_in_range(slowly_ms, 29800, 30000);
    assert_string_equal(deployment.proof, "cut 0 in flight, 1 upgraded"); /* it would not go */
}

static void what_the_engine_cannot_end_is_left_to_the_instance(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.in_flight = 3});
    int64_t begin = fake_clock.now_ms;

    (void)state;
    app_scene->engine.can &= ~(unsigned)ENGINE_CLOSES;
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_log("");
    assert_in_range(fake_clock.now_ms - begin, 30000, 30200);
    assert_string_equal(deployment.proof, "3 connections left to the graceful stop");
    assert_told("3 connections to release 1.0.0 left to its own graceful stop");
}

static void an_engine_that_does_not_count_is_no_reason_to_fail(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.in_flight = 1});

    (void)state;
    app_scene->broken = "count";
    assert_done(stage_drain(&deployment, &app_scene->err));
    assert_int_equal(app_scene->err.code, ERR_NONE);
    assert_told("warning -: the old slot could not be counted: count is broken");
    assert_null(strstr(deployment.proof, "nothing left to do"));
}

static void ctrl_c_ends_the_drain(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = draining((EngineCounts){.in_flight = 1});

    (void)state;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 1000;
    assert_fails(stage_drain(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
    assert_log("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(a_slot_with_nothing_to_do_is_drained_at_once),
        HOST_TEST(nothing_that_served_before_needs_no_drain),
        HOST_TEST(requests_that_end_in_time_are_not_cut),
        HOST_TEST(each_class_is_cut_when_its_own_budget_ends),
        HOST_TEST(idle_connections_that_are_closed_are_no_loss),
        HOST_TEST(what_was_closed_is_not_waited_for),
        HOST_TEST(upgraded_connections_are_closed_over_the_rest_of_their_budget),
        HOST_TEST(what_the_engine_cannot_end_is_left_to_the_instance),
        HOST_TEST(an_engine_that_does_not_count_is_no_reason_to_fail),
        HOST_TEST(ctrl_c_ends_the_drain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
