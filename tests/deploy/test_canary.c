/* Tests deploy/canary.c by way of stage flip: each share is watched before the next one, and a bad
 * figure takes it back. Time is fake. */
#include "deploy/pause.h"
#include "deploy/situation.h"
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

#define SALT "0123456789abcdef0123456789abcdef"

enum { INTERVAL_MS = 12000 }; /* some looks at each share: one under Wine takes 10 ms */

static Deployment with_canary(void)
{
    Deployment deployment = host_deployment();
    Settings *settings = &app_scene->settings;

    settings->canary.steps_ppm[0] = 50000;
    settings->canary.steps_ppm[1] = 250000;
    settings->canary.step_count = 2;
    settings->canary.interval_ms = INTERVAL_MS;
    settings->watch.max_error_ppm = 10000;
    settings->watch.max_p95_increase_ppm = 250000;
    settings->watch.max_handle_growth = 1000;
    settings->watch.min_requests = 20;
    deployment.rollout = (RolloutRecord){.deployment = deployment.record.id, .salt = SALT};
    deployment.stage = "flip";
    return deployment;
}

static RolloutRecord recorded(const Deployment *deployment)
{
    RolloutRecord rollout = {0};

    assert_done(
        journal_rollout(app_scene->app.journal, deployment->record.id, &rollout, &app_scene->err));
    return rollout;
}

/* As another process finds it. */
static void reread(Deployment *deployment)
{
    deployment_end(deployment);
    deployment->waits = false;
    deployment->rollout = recorded(deployment);
    text_clear(&app_scene->log);
}

static void each_share_is_watched_before_the_next(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();
    int64_t begin = fake_clock.now_ms;

    (void)state;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0, set blue 1.0.0 +25% 2.0.0, set green 2.0.0, ");
    assert_int_equal(fake_clock.now_ms - begin, 2 * INTERVAL_MS);
    assert_false(deployment.waits);
    assert_told("note flip: 5% of new clients: 0 of 0 requests to release 2.0.0 failed, 0 of 0 to "
                "release 1.0.0");
    assert_string_equal(deployment.proof, "release 2.0.0 answers on 1 public address");
}

static void the_route_of_a_share_names_both_releases_and_the_salt(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_int_equal(app_scene->route.candidate_ppm, 50000);
    assert_string_equal(app_scene->route.candidate_release, "2.0.0");
    assert_string_equal(app_scene->route.release, "1.0.0");
    assert_string_equal(app_scene->route.salt, SALT);
}

static void share_is_in_the_journal(void)
{
    RolloutRecord rollout = {0};

    if (app_scene->view.candidate_ppm == 0)
        return;
    assert_done(journal_rollout(app_scene->app.journal, 1, &rollout, &app_scene->err));
    assert_int_equal(rollout.share_ppm, app_scene->view.candidate_ppm);
    assert_false(rollout.waits);
}

static void the_share_is_in_the_journal_before_the_engine_has_it(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->counted = share_is_in_the_journal;
    app_scene->broken = "set blue";
    assert_int_equal(deployment.record.id, 1);
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_STATE, "set blue is broken");
    assert_int_equal(recorded(&deployment).share_ppm, 50000); /* and it could not be put back */
    app_scene->broken = NULL;
    assert_done(stage_flip(&deployment, &app_scene->err));
}

/* ---- taken back ---- */

static void a_share_that_fails_is_taken_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    fake_host.sick_release = "2.0.0";
    fake_host.well = 100; /* until the second share */
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "the canary with 25% of new clients: watching release 2.0.0: release 2.0.0 turned "
                 "ill");
    assert_int_equal(error_exit_status(app_scene->err.code), 11);
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0, set blue 1.0.0 +25% 2.0.0, set blue 1.0.0, ");
    assert_int_equal(recorded(&deployment).share_ppm, 0);
    assert_string_equal(scene_serving().version, "1.0.0");
}

/* The counts of the new release grow after the watch has begun. */
static int counted_at_share;

static void fail_later(void)
{
    if (app_scene->view.candidate_ppm == 50000 && ++counted_at_share > 10)
        app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 100, .failed = 50};
}

static void failures_of_the_share_are_counted(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    counted_at_share = 0;
    app_scene->counted = fail_later;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "50 of 100 requests to release 2.0.0 failed (50.00%, allowed are 1.00%)");
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0, set blue 1.0.0, ");
}

static void both_fail_later(void)
{
    if (app_scene->view.candidate_ppm == 0 || ++counted_at_share <= 10)
        return;
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 100, .failed = 5};
    app_scene->counts[SLOT_BLUE] = (EngineCounts){.requests = 1000, .failed = 50};
}

static void what_fails_with_the_old_release_too_is_not_held_against_the_new_one(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    counted_at_share = 0;
    app_scene->counted = both_fail_later;
    assert_done(stage_flip(&deployment, &app_scene->err));
}

static void a_slower_share_is_taken_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->counts[SLOT_BLUE] = (EngineCounts){.latency_count = 1000, .p95_us = 100000};
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.latency_count = 1000, .p95_us = 150000};
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIPPED_BACK,
                 "the p95 latency of release 2.0.0 is 150.0 ms, that of release 1.0.0 is 100.0 ms");
}

static void ctrl_c_takes_the_share_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + INTERVAL_MS + 2000;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0, set blue 1.0.0 +25% 2.0.0, set blue 1.0.0, ");
}

static void an_abort_takes_the_share_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    reread(&deployment);
    assert_done(undo_flip(&deployment, &app_scene->err));
    assert_log("ensure, adopt blue, set blue 1.0.0, ");
    assert_int_equal(recorded(&deployment).share_ppm, 0);
    assert_false(recorded(&deployment).waits);
}

/* ---- by hand ---- */

static void by_hand_it_waits_after_each_step(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_true(deployment.waits);
    assert_string_equal(deployment.proof, "5% of new clients see release 2.0.0");
    assert_true(recorded(&deployment).waits);

    reread(&deployment);
    deployment.promotion = PROMOTE_STEP;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_true(deployment.waits);
    assert_log("ensure, set blue 1.0.0 +25% 2.0.0, ");

    reread(&deployment);
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_false(deployment.waits);
    assert_log("ensure, set green 2.0.0, ");
}

static void it_can_be_given_all_at_once(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    reread(&deployment);
    deployment.promotion = PROMOTE_ALL;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_false(deployment.waits);
    assert_log("ensure, set green 2.0.0, ");
}

static void resumed_it_stands_where_it_stood(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();
    int64_t begin = 0;

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    reread(&deployment);
    begin = fake_clock.now_ms;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_true(deployment.waits);
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0, ");
    assert_int_equal(fake_clock.now_ms, begin);
}

static void a_share_that_was_cut_short_is_watched_again(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();
    RolloutRecord cut_short = {
        .deployment = deployment.record.id, .share_ppm = 250000, .salt = SALT};

    (void)state;
    assert_done(journal_save_rollout(app_scene->app.journal, &cut_short, &app_scene->err));
    reread(&deployment);
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 +25% 2.0.0, set green 2.0.0, ");
}

static void a_canary_that_waits_is_no_fault_while_it_stands(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();
    static Situation situation;

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_int_equal(situation.finding_count, 0);
    assert_true(situation.canary_waits);
    app_scene->instances[SLOT_GREEN] = (InstanceState){0};
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_false(situation.canary_waits);
    assert_int_equal(situation.findings[0].kind, FINDING_OPEN_DEPLOYMENT);
}

static void a_pause_leaves_the_share_as_it_is(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();
    PauseRecord pause = {0}, ended = {0};

    (void)state;
    app_scene->settings.canary.by_hand = true;
    assert_done(stage_flip(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    assert_done(pause_begin(&app_scene->app, &pause, &app_scene->err));
    assert_done(pause_end(&app_scene->app, &ended, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 +5% 2.0.0 held, ensure, set blue 1.0.0 +5% 2.0.0, ");
}

/* ---- no canary ---- */

static void a_rollback_does_not_wait_for_a_canary(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    deployment.record.kind = KIND_ROLLBACK;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set green 2.0.0, ");
}

static void the_first_deployment_has_nobody_to_be_compared_with(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = with_canary();

    (void)state;
    deployment.record.from_version[0] = '\0';
    deployment.record.from_slot = SLOT_NONE;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set green 2.0.0, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(each_share_is_watched_before_the_next),
        HOST_TEST(the_route_of_a_share_names_both_releases_and_the_salt),
        HOST_TEST(the_share_is_in_the_journal_before_the_engine_has_it),
        HOST_TEST(a_share_that_fails_is_taken_back),
        HOST_TEST(failures_of_the_share_are_counted),
        HOST_TEST(what_fails_with_the_old_release_too_is_not_held_against_the_new_one),
        HOST_TEST(a_slower_share_is_taken_back),
        HOST_TEST(ctrl_c_takes_the_share_back),
        HOST_TEST(an_abort_takes_the_share_back),
        HOST_TEST(by_hand_it_waits_after_each_step),
        HOST_TEST(it_can_be_given_all_at_once),
        HOST_TEST(resumed_it_stands_where_it_stood),
        HOST_TEST(a_share_that_was_cut_short_is_watched_again),
        HOST_TEST(a_canary_that_waits_is_no_fault_while_it_stands),
        HOST_TEST(a_pause_leaves_the_share_as_it_is),
        HOST_TEST(a_rollback_does_not_wait_for_a_canary),
        HOST_TEST(the_first_deployment_has_nobody_to_be_compared_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
