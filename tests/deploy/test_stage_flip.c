/* Tests deploy/stage_flip.c: every request moves, or none does. */
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

static void the_flip_is_proven_by_who_answers_in_public(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set green 2.0.0, ");
    assert_string_equal(deployment.proof, "release 2.0.0 answers on 1 public address");
    assert_done(record_flip(&deployment, &app_scene->err));
    assert_string_equal(scene_serving().version, "2.0.0");
    assert_int_equal(scene_serving().slot, SLOT_GREEN);
    assert_string_equal(scene_serving().instance, "i-2.0.0");
    assert_true(holds_flip(&deployment));
}

static void an_old_release_that_still_answers_puts_the_route_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();
    int64_t begin = fake_clock.now_ms;

    (void)state;
    app_scene->answer = (EngineAnswer){.slot = SLOT_BLUE, .seen = "HTTP 200 from blue"};
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP,
                 "not answered by release 2.0.0: HTTP 200 from blue");
    assert_non_null(strstr(app_scene->err.message, "127.0.0.1:8080"));
    assert_log("ensure, set green 2.0.0, set blue 1.0.0, ");
    assert_in_range(fake_clock.now_ms - begin, 5000, 5100);
    assert_false(holds_flip(&deployment));
}

static void an_application_that_names_another_release_is_no_proof(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->settings.check.identity_header = scene_text("X-Release");
    fake_host.sick_from = 1;
    fake_host.sick_to = 10000;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP, "HTTP 500");
    assert_string_equal(fake_host.last_identity, "2.0.0");
    assert_int_equal(fake_host.last_check.address.port, 8080);
    assert_log("ensure, set green 2.0.0, set blue 1.0.0, ");
}

/* An engine that carries connections proves a connection; what is answered on it is the app's. */
static void in_mode_tcp_an_app_of_http_is_asked_too(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->settings.traffic.mode = TRAFFIC_TCP;
    fake_host.sick_from = 1;
    fake_host.sick_to = 10000;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP, "HTTP 500");
    assert_int_equal(fake_host.last_check.address.port, 8080);
    assert_log("ensure, set green 2.0.0, set blue 1.0.0, ");
}

static void in_mode_tcp_an_app_of_another_protocol_is_not_asked(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->settings.traffic.mode = TRAFFIC_TCP;
    app_scene->settings.check.kind = CHECK_TCP;
    fake_host.sick_from = 1;
    fake_host.sick_to = 10000;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_int_equal(fake_host.probes, 0);
}

static void a_late_answer_of_the_new_release_is_proof_enough(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->settings.check.identity_header = scene_text("X-Release");
    fake_host.sick_from = 1;
    fake_host.sick_to = 5;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_int_equal(app_scene->err.code, ERR_NONE);
}

static void an_engine_that_refuses_leaves_the_old_route(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->broken = "set green";
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_ENGINE, "set green is broken");
    assert_log("ensure, set blue 1.0.0, ");
}

static void an_engine_that_cannot_be_started_is_asked_for_nothing_else(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->broken = "ensure";
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_ENGINE, "ensure is broken");
    assert_log("");
}

static void a_route_that_cannot_be_put_back_is_an_open_state(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->broken = "set blue";
    app_scene->answer.slot = ROUTE_NO_SLOT;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_STATE,
                 "the route could not be put back: set blue is broken");
}

static void ctrl_c_during_the_proof_puts_the_route_back(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    app_scene->answer.slot = SLOT_BLUE;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 100;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_INTERRUPTED, "interrupted");
    assert_log("ensure, set green 2.0.0, set blue 1.0.0, ");
    assert_int_equal(fake_clock.holds, 0);
}

static void the_first_deployment_that_fails_leaves_no_route(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    deployment.record.from_version[0] = '\0';
    deployment.record.from_slot = SLOT_NONE;
    app_scene->answer.slot = ROUTE_NO_SLOT;
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP, "not answered");
    assert_log("ensure, set green 2.0.0, remove, ");
}

static void the_figures_before_the_flip_are_kept_for_the_watch(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();
    const Json *baseline = NULL;

    (void)state;
    app_scene->counts[SLOT_BLUE] = (EngineCounts){.p95_us = 7000, .latency_count = 50};
    app_scene->counts[SLOT_GREEN] = (EngineCounts){.requests = 3, .failed = 1};
    assert_done(stage_flip(&deployment, &app_scene->err));
    baseline = json_get(deployment.detail, "baseline");
    assert_int_equal(json_get_integer(baseline, "old_p95_us", 0), 7000);
    assert_int_equal(json_get_integer(baseline, "old_latency_count", 0), 50);
    assert_int_equal(json_get_integer(baseline, "new_requests", 0), 3);
    assert_int_equal(json_get_integer(baseline, "new_failed", 0), 1);
}

/* ---- going back ---- */

static void undone_the_old_release_serves_again(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_done(record_flip(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    assert_done(undo_flip(&deployment, &app_scene->err));
    assert_log("ensure, adopt blue, set blue 1.0.0, ");
    assert_string_equal(scene_serving().version, "1.0.0");
    assert_string_equal(scene_serving().instance, "i-1.0.0");
}

static void traffic_does_not_go_back_to_a_release_that_cannot_run(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_done(record_flip(&deployment, &app_scene->err));
    text_clear(&app_scene->log);
    app_scene->instances[SLOT_BLUE] = (InstanceState){0}; /* a reboot; and its tree was changed */
    assert_fails(undo_flip(&deployment, &app_scene->err), ERR_FILE, "going back to release 1.0.0");
    assert_log("ensure, ");
    assert_string_equal(scene_serving().version, "2.0.0");
}

static void undone_the_first_deployment_leaves_nothing_that_serves(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    deployment.record.from_version[0] = '\0';
    deployment.record.from_slot = SLOT_NONE;
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_done(record_flip(&deployment, &app_scene->err));
    assert_done(undo_flip(&deployment, &app_scene->err));
    assert_string_equal(scene_serving().version, "");
    assert_int_equal(scene_serving().slot, SLOT_NONE);
    assert_false(holds_flip(&deployment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(the_flip_is_proven_by_who_answers_in_public),
        HOST_TEST(an_old_release_that_still_answers_puts_the_route_back),
        HOST_TEST(an_application_that_names_another_release_is_no_proof),
        HOST_TEST(in_mode_tcp_an_app_of_http_is_asked_too),
        HOST_TEST(in_mode_tcp_an_app_of_another_protocol_is_not_asked),
        HOST_TEST(a_late_answer_of_the_new_release_is_proof_enough),
        HOST_TEST(an_engine_that_refuses_leaves_the_old_route),
        HOST_TEST(an_engine_that_cannot_be_started_is_asked_for_nothing_else),
        HOST_TEST(a_route_that_cannot_be_put_back_is_an_open_state),
        HOST_TEST(ctrl_c_during_the_proof_puts_the_route_back),
        HOST_TEST(the_first_deployment_that_fails_leaves_no_route),
        HOST_TEST(the_figures_before_the_flip_are_kept_for_the_watch),
        HOST_TEST(undone_the_old_release_serves_again),
        HOST_TEST(traffic_does_not_go_back_to_a_release_that_cannot_run),
        HOST_TEST(undone_the_first_deployment_leaves_nothing_that_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
