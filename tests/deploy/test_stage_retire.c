/* Tests deploy/stage_retire.c: the old instance ends, and nothing here fails a deployment. */
#include "deploy/stage.h"
#include "tests/deploy/fake_host.h"

static Deployment watched(void)
{
    Deployment deployment = host_deployment();

    scene_serves("2.0.0", SLOT_GREEN);
    return deployment;
}

static const char *recorded(Slot slot)
{
    static SlotRecord record;

    assert_done(journal_instance(app_scene->app.journal, slot, &record, &app_scene->err));
    return record.version;
}

static void the_old_instance_ends_and_the_new_one_stays(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();

    (void)state;
    app_scene->stop = (StopReport){.how = STOP_GRACEFUL, .took_ms = 340};
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_log("stop blue, ");
    assert_string_equal(deployment.proof, "release 1.0.0 ended by itself in 340 ms");
    assert_string_equal(recorded(SLOT_BLUE), "");
    assert_string_equal(recorded(SLOT_GREEN), "2.0.0");
}

static void an_instance_that_had_to_be_killed_is_a_warning(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();

    (void)state;
    app_scene->stop = (StopReport){.how = STOP_FORCED, .took_ms = 5000};
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_told("warning -: release 1.0.0 did not stop when asked and was killed after 5.0 s");
    assert_string_equal(deployment.proof, "release 1.0.0 was killed");
}

static void an_instance_that_cannot_be_stopped_is_left_to_the_next_command(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();

    (void)state;
    app_scene->broken = "stop";
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_told("release 1.0.0 could not be stopped: stop is broken; the next command tries again");
    assert_string_equal(recorded(SLOT_BLUE), "1.0.0");
}

static void a_warm_instance_is_left_running(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();

    (void)state;
    app_scene->settings.retire.keep_warm = true;
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_log("");
    assert_string_equal(deployment.proof, "release 1.0.0 stays warm in slot blue");
    assert_string_equal(recorded(SLOT_BLUE), "1.0.0");
}

static void the_first_release_has_nothing_to_retire(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();

    (void)state;
    deployment.record.from_version[0] = '\0';
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_log("");
    assert_string_equal(deployment.proof, "nothing served before");
}

static void the_download_and_old_releases_go(void **state)
{
    CLEANUP_DEPLOYMENT Deployment deployment = watched();
    CLEANUP(free) char *folder = app_path(&app_scene->app, "incoming/0123");
    CLEANUP(free) char *old = app_path(&app_scene->app, "releases/0.8.0");

    (void)state;
    (void)snprintf(deployment.record.archive, sizeof deployment.record.archive, "%s/archive",
                   folder);
    assert_done(folder_create(folder, &app_scene->err));
    scene_release("0.9.0", RELEASE_GOOD, 1000);
    scene_release("0.8.0", RELEASE_GOOD, 2000);
    app_scene->settings.release.keep = 3;
    assert_done(stage_retire(&deployment, &app_scene->err));
    assert_false(file_exists(folder));
    assert_false(file_exists(old));
    assert_told("note -: pruned 1 release, 10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(the_old_instance_ends_and_the_new_one_stays),
        HOST_TEST(an_instance_that_had_to_be_killed_is_a_warning),
        HOST_TEST(an_instance_that_cannot_be_stopped_is_left_to_the_next_command),
        HOST_TEST(a_warm_instance_is_left_running),
        HOST_TEST(the_first_release_has_nothing_to_retire),
        HOST_TEST(the_download_and_old_releases_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
