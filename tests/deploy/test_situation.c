/* Tests deploy/situation.c and deploy/reconcile.c: every difference between journal and host is
 * found, and what can be mended is, in the right order. */
#include "deploy/pipeline.h"
#include "deploy/reconcile.h"
#include "deploy/release/release.h"
#include "deploy/situation.h"
#include "tests/deploy/fake_host.h"

/* A release whose tree is what its manifest says, so that it may be started again. */
static void whole_release(const char *version)
{
    CLEANUP(free) char *folder = release_folder(&app_scene->app, version);
    CLEANUP(free) char *path = release_manifest_path(&app_scene->app, version);
    CLEANUP(free) char *json = NULL;
    ReleaseRecord release = {0};
    Digest digest;

    scene_release(version, RELEASE_GOOD, 10);
    release = scene_find_release(version);
    assert_done(release_describe(&app_scene->app, version, folder, &json, &app_scene->err));
    assert_done(file_write_atomic(path, json, strlen(json), 0600, &app_scene->err));
    assert_done(digest_bytes(json, strlen(json), &digest, &app_scene->err));
    (void)digest_to_hex(&digest, release.manifest);
    assert_done(journal_save_release(app_scene->app.journal, &release, &app_scene->err));
}

static int serving_setup(void **state)
{
    if (host_setup(state) != 0)
        return -1;
    whole_release("1.0.0");
    scene_serves("1.0.0", SLOT_BLUE);
    return 0;
}

#define SERVING_TEST(test) cmocka_unit_test_setup_teardown(test, serving_setup, scene_teardown)

/* "serving_down blue, proxy_down none, " */
static void assert_findings(const char *expected)
{
    Situation situation;
    CLEANUP_TEXT Text line = {0};

    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    for (size_t i = 0; i < situation.finding_count; i++)
        text_appendf(&line, "%s %s, ", finding_kind_name(situation.findings[i].kind),
                     slot_name(situation.findings[i].slot));
    assert_string_equal(text_chars(&line), expected);
}

static void mend(size_t mended, size_t left)
{
    size_t got_mended = 0, got_left = 0;

    assert_done(
        reconcile(&app_scene->app, &app_scene->observer, &got_mended, &got_left, &app_scene->err));
    assert_int_equal(got_mended, mended);
    assert_int_equal(got_left, left);
}

static void where_all_is_well_there_is_nothing_to_say(void **state)
{
    (void)state;
    assert_findings("");
    mend(0, 0);
    assert_log("");
}

static void before_the_first_deployment_everything_is_empty(void **state)
{
    Situation situation;
    Journal *journal = app_scene->app.journal;
    char *folder = app_scene->app.folder;

    (void)state;
    app_scene->app.journal = NULL;
    app_scene->app.folder = text_formatted("%s/nothing-here", folder);
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_int_equal(situation.finding_count, 0);
    assert_int_equal(situation.serving.slot, SLOT_NONE);
    assert_false(situation.route.known);
    free(app_scene->app.folder);
    app_scene->app.folder = folder;
    app_scene->app.journal = journal;
}

/* journal.db was moved away while a release serves: `status` must not say that nothing does. */
static void without_a_journal_what_serves_is_seen_all_the_same(void **state)
{
    Journal *journal = app_scene->app.journal;

    (void)state;
    app_scene->app.journal = NULL;
    assert_findings("journal_lost blue, ");
    app_scene->app.journal = journal;
}

static void lose_the_journal(void)
{
    const ServingRecord nothing = {.slot = SLOT_NONE};
    const SlotRecord nobody = {0};

    assert_done(journal_save_serving(app_scene->app.journal, &nothing, &app_scene->err));
    assert_done(journal_save_instance(app_scene->app.journal, SLOT_BLUE, &nobody, &app_scene->err));
}

/* Stopped as a leftover, it would leave the public address without an answer. */
static void what_serves_is_taken_over_into_a_new_journal_and_not_stopped(void **state)
{
    ServingRecord serving;
    SlotRecord record;

    (void)state;
    lose_the_journal();
    assert_findings("journal_lost blue, ");
    mend(1, 0);
    assert_log("");
    assert_done(journal_serving(app_scene->app.journal, &serving, &app_scene->err));
    assert_string_equal(serving.version, "1.0.0");
    assert_string_equal(serving.instance, app_scene->instances[SLOT_BLUE].instance);
    assert_int_equal(serving.slot, SLOT_BLUE);
    assert_done(journal_instance(app_scene->app.journal, SLOT_BLUE, &record, &app_scene->err));
    assert_string_equal(record.version, "1.0.0");
    assert_findings("");
}

/* Then nobody answers, and there is nothing to take over. */
static void an_instance_that_nobody_is_routed_to_is_left_over(void **state)
{
    (void)state;
    lose_the_journal();
    app_scene->view.known = false;
    assert_findings("left_over blue, ");
}

static void after_a_reboot_the_release_comes_first_and_then_the_route(void **state)
{
    (void)state;
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
    app_scene->view = (EngineView){.active = ROUTE_NO_SLOT};
    assert_findings("serving_down blue, proxy_down none, ");
    mend(2, 0);
    assert_log("stop blue, start blue 1.0.0, good blue, ensure, set blue 1.0.0, ");
    assert_findings("");
}

static void a_release_that_does_not_come_up_gets_no_route(void **state)
{
    (void)state;
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
    app_scene->view = (EngineView){.active = ROUTE_NO_SLOT};
    app_scene->broken = "start blue";
    mend(0, 2);
    assert_log("stop blue, ensure, ");
    assert_told("it could not be repaired");
}

static void an_ill_release_is_stopped_again(void **state)
{
    (void)state;
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
    fake_host.sick_from = 1;
    fake_host.sick_to = 100;
    mend(0, 1);
    assert_log("stop blue, start blue 1.0.0, stop blue, ");
}

static void a_release_that_was_changed_on_disk_is_not_started(void **state)
{
    CLEANUP(free) char *file = app_path(&app_scene->app, "releases/1.0.0/shop");

    (void)state;
    app_scene->instances[SLOT_BLUE] = (InstanceState){0};
    assert_done(file_write_atomic(file, "evil", 4, 0600, &app_scene->err));
    mend(0, 1);
    assert_log("");
}

static void a_wrong_route_is_put_right(void **state)
{
    (void)state;
    app_scene->view.active = SLOT_GREEN;
    assert_findings("route_wrong blue, ");
    mend(1, 0);
    assert_log("ensure, set blue 1.0.0, ");
    assert_findings("");
}

static void an_instance_without_its_supervisor_gets_one(void **state)
{
    (void)state;
    app_scene->instances[SLOT_BLUE].state = INSTANCE_ORPHANED;
    assert_findings("unsupervised blue, ");
    mend(1, 0);
    assert_log("adopt blue, ");
}

static void what_should_have_been_stopped_is_stopped(void **state)
{
    (void)state;
    scene_run(SLOT_GREEN, "0.9.0", "i-0.9.0");
    assert_findings("left_over green, ");
    mend(1, 0);
    assert_log("stop green, ");
    assert_findings("");
}

/* It would come back, on the port of the next release. */
static void what_waits_to_be_restarted_is_left_over_too(void **state)
{
    (void)state;
    app_scene->instances[SLOT_GREEN].state = INSTANCE_WAITING;
    assert_findings("left_over green, ");
    app_scene->instances[SLOT_GREEN].state = INSTANCE_GAVE_UP; /* its supervisor is there */
    assert_findings("left_over green, ");
    app_scene->instances[SLOT_GREEN].state = INSTANCE_STOPPED;
    assert_findings("");
}

static void a_warm_instance_is_wanted(void **state)
{
    (void)state;
    scene_run(SLOT_GREEN, "0.9.0", "i-0.9.0");
    app_scene->settings.retire.keep_warm = true;
    assert_findings("");
}

static void an_open_deployment_that_nobody_works_on_is_told_and_not_touched(void **state)
{
    Situation situation;
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();

    (void)state;
    scene_run(SLOT_GREEN, "2.0.0", "i-2.0.0");
    assert_findings("open_deployment green, ");
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_string_equal(situation.next_stage, "fetch");
    assert_non_null(strstr(situation.findings[0].text, "stands before fetch"));
    mend(0, 0);
    assert_log("");
}

/* Engine and journal differ by right: --resume and abort know the way. */
/* Of a stage that was begun, has a time of its own, and has somebody who works on it. */
static void the_end_of_a_stage_is_known_while_somebody_works_on_it(void **state)
{
    static const char *const begun[] = {"fetch", "verify", "unpack", "start",
                                        "check", "flip",   "watch",  "drain"};
    enum { BEGAN_MS = 5000, IDLE_MS = 4000, UPGRADED_MS = 60000 };
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    StepRecord step = {.started_ms = BEGAN_MS};
    FileLock *lock = NULL;
    Situation situation;

    (void)state;
    app_scene->settings.drain.idle_ms = IDLE_MS;
    app_scene->settings.drain.upgraded_ms = UPGRADED_MS;
    for (size_t i = 0; i < sizeof begun / sizeof begun[0]; i++) {
        step.state = text_equal(begun[i], "drain") ? STEP_INTENT : STEP_DONE;
        (void)snprintf(step.stage, sizeof step.stage, "%s", begun[i]);
        assert_done(journal_save_step(app_scene->app.journal, deployment.record.id, &step, NULL,
                                      &app_scene->err));
    }
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_int_equal(situation.stage_until_ms, 0);
    assert_done(lock_take(&app_scene->app, "deploy 2.0.0", 0, &lock, &app_scene->err));
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    file_lock_release(lock);
    assert_string_equal(situation.next_stage, "drain");
    assert_int_equal(situation.stage_until_ms, BEGAN_MS + UPGRADED_MS);
}

static void a_flip_that_is_half_done_is_not_put_right(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = scene_deployment();
    Situation situation;

    (void)state;
    for (size_t i = 0; !text_equal(pipeline_stage_name(i), "flip"); i++) {
        StepRecord step = {.state = STEP_DONE};

        (void)snprintf(step.stage, sizeof step.stage, "%s", pipeline_stage_name(i));
        assert_done(journal_save_step(app_scene->app.journal, deployment.record.id, &step, NULL,
                                      &app_scene->err));
    }
    app_scene->view.active = SLOT_GREEN;
    assert_findings("open_deployment green, ");
    app_scene->view = (EngineView){.running = true, .active = ROUTE_NO_SLOT, .trouble = "both"};
    assert_findings("open_deployment green, ");
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_non_null(
        strstr(situation.findings[0].text, "stands before flip and nobody works on it: both"));
}

static void a_release_that_is_missing_on_disk_is_told(void **state)
{
    CLEANUP(free) char *folder = release_folder(&app_scene->app, "0.9.0");

    (void)state;
    scene_release("0.9.0", RELEASE_GOOD, 50);
    assert_done(folder_remove_tree(folder, &app_scene->err));
    assert_findings("release_missing none, ");
    mend(0, 0);
}

static void more_findings_than_fit_do_no_harm(void **state)
{
    Situation situation;

    (void)state;
    for (int i = 0; i < 30; i++) {
        CLEANUP(free) char *version = text_formatted("0.%d.0", i);
        CLEANUP(free) char *folder = release_folder(&app_scene->app, version);

        scene_release(version, RELEASE_GOOD, 50);
        assert_done(folder_remove_tree(folder, &app_scene->err));
    }
    assert_done(situation_look(&app_scene->app, &situation, &app_scene->err));
    assert_true(situation.finding_count <= SITUATION_FINDINGS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVING_TEST(where_all_is_well_there_is_nothing_to_say),
        SERVING_TEST(before_the_first_deployment_everything_is_empty),
        SERVING_TEST(without_a_journal_what_serves_is_seen_all_the_same),
        SERVING_TEST(what_serves_is_taken_over_into_a_new_journal_and_not_stopped),
        SERVING_TEST(an_instance_that_nobody_is_routed_to_is_left_over),
        SERVING_TEST(after_a_reboot_the_release_comes_first_and_then_the_route),
        SERVING_TEST(a_release_that_does_not_come_up_gets_no_route),
        SERVING_TEST(an_ill_release_is_stopped_again),
        SERVING_TEST(a_release_that_was_changed_on_disk_is_not_started),
        SERVING_TEST(a_wrong_route_is_put_right),
        SERVING_TEST(an_instance_without_its_supervisor_gets_one),
        SERVING_TEST(what_should_have_been_stopped_is_stopped),
        SERVING_TEST(what_waits_to_be_restarted_is_left_over_too),
        SERVING_TEST(a_warm_instance_is_wanted),
        SERVING_TEST(an_open_deployment_that_nobody_works_on_is_told_and_not_touched),
        SERVING_TEST(the_end_of_a_stage_is_known_while_somebody_works_on_it),
        SERVING_TEST(a_flip_that_is_half_done_is_not_put_right),
        SERVING_TEST(a_release_that_is_missing_on_disk_is_told),
        SERVING_TEST(more_findings_than_fit_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
