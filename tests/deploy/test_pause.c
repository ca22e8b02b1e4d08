/* Tests deploy/pause.c and deploy/traffic.c: what is wanted of the gate is in the journal before
 * the engine has it, and in every route that is set from then on. */
#include "deploy/pause.h"
#include "deploy/reconcile.h"
#include "deploy/situation.h"
#include "deploy/stage.h"
#include "deploy/traffic.h"
#include "tests/deploy/fake_host.h"

static PauseRecord recorded(void)
{
    PauseRecord pause = {0};

    assert_done(journal_pause(app_scene->app.journal, &pause, &app_scene->err));
    return pause;
}

static void serve(void)
{
    Settings *settings = &app_scene->settings;

    settings->traffic.hold.requests = 50;
    settings->traffic.hold.bytes = 1 << 20;
    settings->traffic.hold.for_ms = 7000;
    scene_release("1.0.0", RELEASE_GOOD, 100);
    scene_serves("1.0.0", SLOT_BLUE);
}

static void pause_app(const char *message)
{
    PauseRecord pause = {0};

    (void)snprintf(pause.message, sizeof pause.message, "%s", message);
    assert_done(pause_begin(&app_scene->app, &pause, &app_scene->err));
}

static void assert_finding(const char *text)
{
    static Situation situation;

    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_int_equal(situation.finding_count, text ? 1 : 0);
    if (text)
        assert_non_null(strstr(situation.findings[0].text, text));
}

static void mend_one(void)
{
    size_t mended = 0, left = 0;

    assert_done(reconcile(&app_scene->app, NULL, &mended, &left, &app_scene->err));
    assert_int_equal(mended, 1);
    assert_int_equal(left, 0);
}

static void a_pause_shuts_the_gate_and_nothing_else(void **state)
{
    (void)state;
    serve();
    pause_app("moving the database");
    assert_log("ensure, set blue 1.0.0 held, ");
    assert_int_equal(app_scene->route.hold.requests, 50);
    assert_int_equal(app_scene->route.hold.bytes, 1 << 20);
    assert_int_equal(app_scene->route.hold.ms, 7000);
    assert_string_equal(app_scene->route.health_path, "/healthz");
    assert_string_equal(recorded().message, "moving the database");
    assert_int_equal(recorded().since_ms, fake_clock.now_ms);
    assert_true(recorded().by[0] != '\0');
    assert_finding(NULL);
}

static void how_long_requests_wait_can_be_said(void **state)
{
    PauseRecord pause = {.wait_ms = 90000};

    (void)state;
    serve();
    assert_done(pause_begin(&app_scene->app, &pause, &app_scene->err));
    assert_int_equal(app_scene->route.hold.ms, 90000);
}

static void maintenance_shows_a_page(void **state)
{
    PauseRecord pause = {.maintenance = true, .page = "/srv/down.html"};

    (void)state;
    serve();
    assert_done(pause_begin(&app_scene->app, &pause, &app_scene->err));
    assert_log("ensure, set blue 1.0.0 maintenance, ");
    assert_string_equal(app_scene->route.page, "/srv/down.html");
}

static void a_page_needs_http(void **state)
{
    PauseRecord pause = {.maintenance = true};

    (void)state;
    serve();
    app_scene->settings.traffic.mode = TRAFFIC_TCP;
    assert_fails(pause_begin(&app_scene->app, &pause, &app_scene->err), ERR_SETTINGS,
                 "where traffic.mode is http");
    assert_log("");
    assert_int_equal(recorded().since_ms, 0);
    pause_app("connections wait"); /* those can */
}

static void an_engine_that_cannot_hold_requests_is_not_asked_to(void **state)
{
    PauseRecord pause = {0};

    (void)state;
    serve();
    app_scene->engine.can &= ~(unsigned)ENGINE_PAUSE;
    assert_fails(pause_begin(&app_scene->app, &pause, &app_scene->err), ERR_SETTINGS,
                 "`godeploy pause` needs holding requests");
    assert_log("");
    assert_int_equal(recorded().since_ms, 0);
}

static void nothing_that_serves_cannot_be_paused(void **state)
{
    PauseRecord pause = {0};

    (void)state;
    assert_fails(pause_begin(&app_scene->app, &pause, &app_scene->err), ERR_NO_RELEASE,
                 "no release serves");
    assert_int_equal(recorded().since_ms, 0);
}

static void a_pause_that_the_engine_refuses_is_none(void **state)
{
    PauseRecord pause = {.maintenance = true};

    (void)state;
    serve();
    app_scene->broken = "set blue";
    assert_fails(pause_begin(&app_scene->app, &pause, &app_scene->err), ERR_ENGINE,
                 "set blue is broken");
    assert_int_equal(recorded().since_ms, 0);
    assert_finding(NULL);
}

static void a_second_pause_that_is_refused_leaves_the_first(void **state)
{
    PauseRecord page = {.maintenance = true};

    (void)state;
    serve();
    pause_app("the first");
    app_scene->broken = "set blue";
    assert_fails(pause_begin(&app_scene->app, &page, &app_scene->err), ERR_ENGINE, "broken");
    assert_string_equal(recorded().message, "the first");
    assert_finding(NULL);
}

static void resumed_the_gate_is_open(void **state)
{
    PauseRecord ended = {0};

    (void)state;
    serve();
    pause_app("for a moment");
    text_clear(&app_scene->log);
    assert_done(pause_end(&app_scene->app, &ended, &app_scene->err));
    assert_log("ensure, set blue 1.0.0, ");
    assert_string_equal(ended.message, "for a moment");
    assert_int_equal(recorded().since_ms, 0);
}

static void what_was_not_paused_is_left_alone(void **state)
{
    PauseRecord ended = {0};

    (void)state;
    serve();
    assert_done(pause_end(&app_scene->app, &ended, &app_scene->err));
    assert_int_equal(ended.since_ms, 0);
    assert_log("");
}

/* ---- between the journal and the engine ---- */

static void a_crash_before_the_engine_was_told_is_mended(void **state)
{
    const PauseRecord pause = {.since_ms = 1, .by = "ann@host"};

    (void)state;
    serve();
    assert_done(journal_save_pause(app_scene->app.journal, &pause, &app_scene->err));
    assert_finding("ann@host has paused the app, but the traffic engine lets requests through");
    mend_one();
    assert_int_equal(app_scene->view.gate, ROUTE_HELD);
    assert_finding(NULL);
}

static void a_crash_before_the_gate_was_opened_is_mended(void **state)
{
    (void)state;
    serve();
    app_scene->view.gate = ROUTE_HELD;
    assert_finding("requests wait at the gate, but nobody has paused the app");
    mend_one();
    assert_int_equal(app_scene->view.gate, ROUTE_OPEN);
    assert_finding(NULL);
}

static void an_engine_that_was_restarted_gets_the_gate_back(void **state)
{
    (void)state;
    serve();
    pause_app("before a reboot");
    app_scene->view = (EngineView){.active = ROUTE_NO_SLOT};
    mend_one();
    assert_int_equal(app_scene->view.gate, ROUTE_HELD);
}

static void a_deployment_leaves_the_gate_shut_and_proves_itself_all_the_same(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();

    (void)state;
    pause_app("while the database moves");
    text_clear(&app_scene->log);
    assert_done(stage_flip(&deployment, &app_scene->err));
    assert_log("ensure, set green 2.0.0 held, ");
    assert_string_equal(deployment.proof, "release 2.0.0 answers on 1 public address, to us alone: "
                                          "the gate is shut until `resume`");
    app_scene->answer.slot = SLOT_BLUE;
    text_clear(&app_scene->log);
    assert_fails(stage_flip(&deployment, &app_scene->err), ERR_FLIP, "not answered by");
    assert_log("ensure, set green 2.0.0 held, set blue 1.0.0 held, ");
}

/* Else "still answers all requests" would be said of a release that nobody reaches. */
static void what_serves_is_not_said_to_answer_behind_a_gate(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = host_deployment();
    Error err = {0};

    (void)state;
    pause_app("down");
    deployment_say_what_serves(&deployment, &err);
    assert_string_equal(err.serves,
                        "release 1.0.0 is the one to answer, but the gate is shut: requests wait");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(a_pause_shuts_the_gate_and_nothing_else),
        HOST_TEST(how_long_requests_wait_can_be_said),
        HOST_TEST(maintenance_shows_a_page),
        HOST_TEST(a_page_needs_http),
        HOST_TEST(an_engine_that_cannot_hold_requests_is_not_asked_to),
        HOST_TEST(nothing_that_serves_cannot_be_paused),
        HOST_TEST(a_pause_that_the_engine_refuses_is_none),
        HOST_TEST(a_second_pause_that_is_refused_leaves_the_first),
        HOST_TEST(resumed_the_gate_is_open),
        HOST_TEST(what_was_not_paused_is_left_alone),
        HOST_TEST(a_crash_before_the_engine_was_told_is_mended),
        HOST_TEST(a_crash_before_the_gate_was_opened_is_mended),
        HOST_TEST(an_engine_that_was_restarted_gets_the_gate_back),
        HOST_TEST(a_deployment_leaves_the_gate_shut_and_proves_itself_all_the_same),
        HOST_TEST(what_serves_is_not_said_to_answer_behind_a_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
