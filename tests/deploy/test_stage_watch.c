/* Tests deploy/stage_watch.c: what sends every request back, and what does not. Time is fake. */
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

/* A watch of 10 s; until the flip the old slot had a p95 of 20 ms. */
static Deployment flipped(void)
{
    Deployment deployment = host_deployment();
    StepRecord step = {.stage = "flip", .state = STEP_DONE};
    CLEANUP(json_free) Json *detail = json_new_object();
    Json *baseline = json_new_object();
    Settings *settings = &app_scene->settings;

    settings->watch.for_ms = 10000;
    settings->watch.max_error_ppm = 10000;
    settings->watch.max_p95_increase_ppm = 250000;
    settings->watch.max_handle_growth = 200;
    settings->watch.min_requests = 20;
    (void)json_put_integer(baseline, "old_p95_us", 20000);
    (void)json_put_integer(baseline, "old_latency_count", 1000);
    (void)json_put_integer(baseline, "new_requests", 5);
    (void)json_put_integer(baseline, "new_failed", 5);
    (void)json_put(detail, "baseline", baseline);
    assert_done(journal_save_step(app_scene->app.journal, deployment.record.id, &step, detail,
                                  &app_scene->err));
    app_scene->counts[SLOT_GREEN] =
        (EngineCounts){.requests = 1005, .failed = 5, .latency_count = 1000, .p95_us = 21000};
    deployment.stage_started_ms = fake_clock.now_ms;
    return deployment;
}

static void a_release_that_stays_well_is_good(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    int64_t begin = fake_clock.now_ms;

    (void)state;
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_int_equal(fake_clock.now_ms - begin, 10000);
    assert_string_equal(deployment.proof,
                        "healthy; 1000 requests, 0 failed; p95 21.0 ms, was 20.0 ms");
    assert_log("good green, ");
}

static void an_instance_that_ends_is_flipped_back_at_once(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    InstanceState *instance = &app_scene->instances[SLOT_GREEN];
    int64_t begin = fake_clock.now_ms;

    (void)state;
    instance->state = INSTANCE_STOPPED;
    (void)snprintf(instance->last_exit, sizeof instance->last_exit, "exit status 3");
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "release 2.0.0 in slot green ended: exit status 3");
    assert_int_equal(fake_clock.now_ms, begin);
    assert_log("");
}

static void another_instance_in_the_slot_is_not_ours(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    scene_run(SLOT_GREEN, "2.0.0", "somebody else");
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK, "release 2.0.0");
}

static void one_bad_answer_is_no_illness(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    fake_host.sick_from = 3;
    fake_host.sick_to = 5; /* two; check.passes is three */
    assert_done(stage_watch(&deployment, &app_scene->err));
}

static void as_many_bad_answers_as_it_took_good_ones_are(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    fake_host.sick_from = 3;
    fake_host.sick_to = 6;
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "release 2.0.0 turned ill: HTTP 500, 3 times in a row");
}

static void too_many_failed_requests_are_counted_since_the_flip(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN].failed = 5 + 21; /* of 1000; 1 % is allowed */
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "21 of 1000 requests to release 2.0.0 failed (2.10%, allowed are 1.00%)");
    app_scene->counts[SLOT_GREEN].failed = 5 + 10;
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_string_equal(json_get_text(deployment.detail, "errors"), "within bounds");
}

static void failures_that_may_be_chance_are_inconclusive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN].failed = 5 + 15; /* of 1000; 1 % is allowed, 20 are chance */
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_string_equal(json_get_text(deployment.detail, "errors"), "inconclusive");
    assert_non_null(strstr(deployment.proof, "15 failed (inconclusive: it may be chance)"));
}

static void an_inconclusive_watch_goes_back_where_the_settings_say_so(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->settings.watch.refuse_inconclusive = true;
    assert_done(stage_watch(&deployment, &app_scene->err));
    app_scene->counts[SLOT_GREEN].p95_us = -1;
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "the watch is inconclusive: the latency of release 2.0.0 cannot be judged");
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 5 + 19, .failed = 5};
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "the watch is inconclusive: the errors of release 2.0.0 cannot be judged by 19 "
                 "requests");
}

static void few_requests_are_no_figure(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 5 + 19, .failed = 5 + 19};
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_non_null(strstr(deployment.proof, "19 failed (too few to judge by)"));
    assert_string_equal(json_get_text(deployment.detail, "errors"), "inconclusive");
}

static void a_worker_that_was_replaced_counts_from_zero(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 100, .failed = 0};
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_non_null(strstr(deployment.proof, "100 requests, 0 failed"));
}

static void a_slower_release_is_flipped_back_at_the_end(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN].p95_us = 31000;
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "the p95 latency of release 2.0.0 is 31.0 ms, that of release 1.0.0 was 20.0 ms");
    app_scene->counts[SLOT_GREEN].p95_us = 30000; /* 10 ms more are noise */
    assert_done(stage_watch(&deployment, &app_scene->err));
}

static void what_the_engine_does_not_count_is_said(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->engine.can &= ~(unsigned)(ENGINE_STATUS | ENGINE_LATENCY);
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_string_equal(deployment.proof, "healthy; requests are not counted by engine fake");
    assert_string_equal(json_get_text(deployment.detail, "errors"), "not counted");
    assert_string_equal(json_get_text(deployment.detail, "latency"), "not counted");
}

static void latency_nobody_measured_is_inconclusive(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->counts[SLOT_GREEN].p95_us = -1;
    assert_done(stage_watch(&deployment, &app_scene->err));
    assert_string_equal(json_get_text(deployment.detail, "latency"), "inconclusive");
}

static void an_engine_that_does_not_count_cannot_be_watched(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    app_scene->broken = "count";
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_ENGINE,
                 "watching release 2.0.0: count is broken");
}

static File *leaked[12];

static void leak_one(void)
{
    CLEANUP(free) char *leak = path_join(app_scene->root, "leak");

    for (size_t i = 0; i < sizeof leaked / sizeof leaked[0]; i++)
        if (!leaked[i]) {
            assert_true(file_open(leak, FILE_CONTINUE, &leaked[i], &app_scene->err));
            return;
        }
}

/* Wine gives a number of handles that does not change. */
static bool handles_are_counted(void)
{
    ProcessId self;
    ProcessFigures before = {0}, after = {0};
    Error err = {0};

    assert_true(process_identify(process_own_pid(), &self, &err));
    assert_true(process_figures(&self, &before, &err));
    leak_one();
    assert_true(process_figures(&self, &after, &err));
    return after.handles > before.handles;
}

static void a_release_that_leaks_handles_is_flipped_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    bool counted = handles_are_counted();

    (void)state;
    file_close(leaked[0]);
    leaked[0] = NULL;
    if (!counted)
        skip();
    app_scene->settings.watch.max_handle_growth = 10;
    app_scene->counted = leak_one; /* the instance's process is this one */
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "release 2.0.0 leaks handles: 11 more in");
    for (size_t i = 0; i < sizeof leaked / sizeof leaked[0]; i++)
        file_close(leaked[i]);
}

static void ctrl_c_ends_the_watch(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 1000;
    assert_fails(stage_watch(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
}

/* ---- what is known from then on ---- */

static void high_water(char out[JOURNAL_VERSION_SIZE])
{
    assert_done(journal_high_water(app_scene->app.journal, out, &app_scene->err));
}

static void a_release_that_was_watched_is_good_and_raises_the_mark(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    char highest[JOURNAL_VERSION_SIZE];

    (void)state;
    assert_done(record_watch(&deployment, &app_scene->err));
    assert_int_equal(scene_find_release("2.0.0").state, RELEASE_GOOD);
    assert_int_equal(scene_find_release("2.0.0").served_ms, fake_clock.now_ms);
    assert_int_equal(scene_find_release("1.0.0").state, RELEASE_GOOD);
    high_water(highest);
    assert_string_equal(highest, "2.0.0");
}

static void the_mark_is_never_lowered(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    char highest[JOURNAL_VERSION_SIZE];

    (void)state;
    assert_done(journal_save_high_water(app_scene->app.journal, "3.0.0", &app_scene->err));
    assert_done(record_watch(&deployment, &app_scene->err));
    high_water(highest);
    assert_string_equal(highest, "3.0.0");
}

static void what_a_rollback_left_is_bad(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();
    char highest[JOURNAL_VERSION_SIZE];

    (void)state;
    deployment.record.kind = KIND_ROLLBACK;
    assert_done(record_watch(&deployment, &app_scene->err));
    assert_int_equal(scene_find_release("2.0.0").state, RELEASE_GOOD);
    assert_int_equal(scene_find_release("1.0.0").state, RELEASE_BAD);
    high_water(highest);
    assert_string_equal(highest, "");
}

/* Else `rollback` would take it for the way back. */
static void a_release_that_was_aborted_after_its_watch_is_bad(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    assert_done(record_watch(&deployment, &app_scene->err));
    assert_done(undo_watch(&deployment, &app_scene->err));
    assert_int_equal(scene_find_release("2.0.0").state, RELEASE_BAD);
    assert_int_equal(scene_find_release("1.0.0").state, RELEASE_GOOD);
}

static void a_rollback_that_was_aborted_after_its_watch_left_nothing_bad(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    deployment.record.kind = KIND_ROLLBACK;
    assert_done(record_watch(&deployment, &app_scene->err));
    assert_done(undo_watch(&deployment, &app_scene->err));
    assert_int_equal(scene_find_release("1.0.0").state, RELEASE_GOOD);
}

static void a_release_that_was_never_watched_stays_unproven(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = flipped();

    (void)state;
    assert_done(undo_watch(&deployment, &app_scene->err));
    assert_int_equal(scene_find_release("2.0.0").state, RELEASE_UNPACKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(a_release_that_stays_well_is_good),
        HOST_TEST(an_instance_that_ends_is_flipped_back_at_once),
        HOST_TEST(another_instance_in_the_slot_is_not_ours),
        HOST_TEST(one_bad_answer_is_no_illness),
        HOST_TEST(as_many_bad_answers_as_it_took_good_ones_are),
        HOST_TEST(too_many_failed_requests_are_counted_since_the_flip),
        HOST_TEST(failures_that_may_be_chance_are_inconclusive),
        HOST_TEST(an_inconclusive_watch_goes_back_where_the_settings_say_so),
        HOST_TEST(few_requests_are_no_figure),
        HOST_TEST(a_worker_that_was_replaced_counts_from_zero),
        HOST_TEST(a_slower_release_is_flipped_back_at_the_end),
        HOST_TEST(what_the_engine_does_not_count_is_said),
        HOST_TEST(latency_nobody_measured_is_inconclusive),
        HOST_TEST(an_engine_that_does_not_count_cannot_be_watched),
        HOST_TEST(a_release_that_leaks_handles_is_flipped_back),
        HOST_TEST(ctrl_c_ends_the_watch),
        HOST_TEST(a_release_that_was_watched_is_good_and_raises_the_mark),
        HOST_TEST(the_mark_is_never_lowered),
        HOST_TEST(what_a_rollback_left_is_bad),
        HOST_TEST(a_release_that_was_aborted_after_its_watch_is_bad),
        HOST_TEST(a_rollback_that_was_aborted_after_its_watch_left_nothing_bad),
        HOST_TEST(a_release_that_was_never_watched_stays_unproven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
