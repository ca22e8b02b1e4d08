/* Tests deploy/release/release.c: the way back, what is pruned, and whether a tree is still what it
 * was. */
#include "deploy/release/release.h"
#include "tests/deploy/app_scene.h"

static ReleaseRecord picked(const char *version)
{
    ReleaseRecord release = {0};

    assert_done(release_pick_rollback(&app_scene->app, version, &release, &app_scene->err));
    return release;
}

static bool is_here(const char *version)
{
    ReleaseRecord release;
    bool here = false;

    assert_done(release_find(&app_scene->app, version, &release, &here, &app_scene->err));
    return here;
}

static PruneReport prune(int64_t keep, uint64_t keep_bytes)
{
    PruneReport report = {0};

    app_scene->settings.release.keep = keep;
    app_scene->settings.release.keep_bytes = keep_bytes;
    assert_done(release_prune(&app_scene->app, &report, &app_scene->err));
    return report;
}

/* "1.0.0 2.0.0 ": what is on disk, in order of name. */
static void assert_on_disk(const char *expected)
{
    CLEANUP(free) char *folder = app_path(&app_scene->app, "releases");
    CLEANUP_TEXT_LIST TextList names = {0};
    CLEANUP_TEXT Text line = {0};

    assert_done(folder_list(folder, &names, &app_scene->err));
    for (size_t i = 0; i < names.count; i++)
        text_appendf(&line, "%s ", names.items[i]);
    assert_string_equal(text_chars(&line), expected);
}

/* ---- the way back ---- */

static void the_way_back_is_the_good_release_that_served_last_before(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 1);
    scene_release("1.0.0", RELEASE_GOOD, 30);
    scene_release("2.0.0", RELEASE_GOOD, 20);
    scene_serves("3.0.0", SLOT_BLUE);
    assert_string_equal(picked(NULL).version, "2.0.0");
}

static void a_bad_or_unproven_release_is_no_way_back(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 5);
    scene_release("4.0.0", RELEASE_BAD, 1);
    scene_release("5.0.0", RELEASE_UNPACKED, 1);
    scene_release("1.0.0", RELEASE_GOOD, 30);
    scene_serves("3.0.0", SLOT_BLUE);
    assert_string_equal(picked(NULL).version, "1.0.0");
}

static void a_bad_release_can_be_asked_for_by_name(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 5);
    scene_release("4.0.0", RELEASE_BAD, 1);
    scene_serves("3.0.0", SLOT_BLUE);
    assert_string_equal(picked("4.0.0").version, "4.0.0");
}

static void a_release_whose_folder_is_gone_is_passed_over(void **state)
{
    CLEANUP(free) char *folder = release_folder(&app_scene->app, "2.0.0");

    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 1);
    scene_release("2.0.0", RELEASE_GOOD, 2);
    scene_release("1.0.0", RELEASE_GOOD, 3);
    scene_serves("3.0.0", SLOT_BLUE);
    assert_done(folder_remove_tree(folder, &app_scene->err));
    assert_string_equal(picked(NULL).version, "1.0.0");
}

static void what_cannot_be_gone_back_to_says_why_and_what_there_is(void **state)
{
    ReleaseRecord release;
    const App *app = &app_scene->app;

    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 1);
    scene_release("4.0.0", RELEASE_BAD, 2);
    scene_serves("3.0.0", SLOT_BLUE);
    assert_fails(release_pick_rollback(app, NULL, &release, &app_scene->err), ERR_NO_RELEASE,
                 "no good release to go back to");
    assert_non_null(strstr(app_scene->err.hint, "4.0.0 (bad)"));
    assert_fails(release_pick_rollback(app, "3.0.0", &release, &app_scene->err), ERR_NO_RELEASE,
                 "release 3.0.0 serves already");
    assert_fails(release_pick_rollback(app, "9.9.9", &release, &app_scene->err), ERR_NO_RELEASE,
                 "release 9.9.9 is not on this host");
}

static void a_release_is_found_only_with_its_folder(void **state)
{
    CLEANUP(free) char *folder = release_folder(&app_scene->app, "1.0.0");

    (void)state;
    scene_release("1.0.0", RELEASE_UNPACKED, 1);
    assert_true(is_here("1.0.0"));
    assert_false(is_here("2.0.0"));
    assert_done(folder_remove_tree(folder, &app_scene->err));
    assert_false(is_here("1.0.0"));
}

/* ---- pruning ---- */

static void as_many_releases_are_kept_as_the_settings_say(void **state)
{
    PruneReport report;

    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 40);
    scene_release("2.0.0", RELEASE_GOOD, 30);
    scene_release("3.0.0", RELEASE_GOOD, 20);
    scene_release("4.0.0", RELEASE_GOOD, 10);
    scene_serves("4.0.0", SLOT_BLUE);
    report = prune(3, 0);
    assert_on_disk("2.0.0 3.0.0 4.0.0 ");
    assert_int_equal(report.removed, 1);
    assert_int_equal(report.bytes, 10);
    assert_int_equal(report.kept, 3);
    assert_string_equal(report.last, "1.0.0");
    assert_int_equal(scene_find_release("1.0.0").state, RELEASE_REMOVED);
}

static void what_serves_and_the_way_back_are_kept_whatever_the_settings_say(void **state)
{
    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 40);
    scene_release("2.0.0", RELEASE_GOOD, 30);
    scene_release("3.0.0", RELEASE_GOOD, 20);
    scene_serves("3.0.0", SLOT_BLUE);
    (void)prune(1, 1);
    assert_on_disk("2.0.0 3.0.0 ");
}

/* After a rollback the newest is the bad one, and what serves is older. */
static void after_a_rollback_the_older_good_release_is_kept(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_BAD, 10);
    scene_release("2.0.0", RELEASE_GOOD, 5);
    scene_release("1.0.0", RELEASE_GOOD, 40);
    scene_serves("2.0.0", SLOT_BLUE);
    (void)prune(1, 0);
    assert_on_disk("1.0.0 2.0.0 ");
}

static void a_bad_release_stays_to_be_looked_at_where_there_is_room(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_BAD, 10);
    scene_release("2.0.0", RELEASE_GOOD, 5);
    scene_release("1.0.0", RELEASE_GOOD, 40);
    scene_release("0.9.0", RELEASE_UNPACKED, 40);
    scene_serves("2.0.0", SLOT_BLUE);
    (void)prune(3, 0);
    assert_on_disk("1.0.0 2.0.0 3.0.0 ");
}

static void a_release_in_a_slot_is_kept(void **state)
{
    (void)state;
    scene_release("3.0.0", RELEASE_GOOD, 10);
    scene_release("2.0.0", RELEASE_GOOD, 20);
    scene_release("1.0.0", RELEASE_GOOD, 30);
    scene_serves("3.0.0", SLOT_BLUE);
    scene_record_instance(SLOT_GREEN, "1.0.0", "warm");
    (void)prune(1, 0);
    assert_on_disk("1.0.0 2.0.0 3.0.0 ");
}

static void what_an_open_deployment_needs_is_kept(void **state)
{
    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 20);
    scene_release("0.9.0", RELEASE_GOOD, 30);
    scene_release("0.8.0", RELEASE_GOOD, 40);
    scene_release("2.0.0", RELEASE_UNPACKED, 1);
    scene_serves("1.0.0", SLOT_BLUE);
    (void)scene_deployment();
    (void)prune(1, 0);
    assert_on_disk("0.9.0 1.0.0 2.0.0 ");
}

static void bytes_are_counted_beside_the_number(void **state)
{
    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 40);
    scene_release("2.0.0", RELEASE_GOOD, 30);
    scene_release("3.0.0", RELEASE_GOOD, 20);
    scene_release("4.0.0", RELEASE_GOOD, 10);
    scene_serves("4.0.0", SLOT_BLUE);
    (void)prune(10, 35); /* each has 10 */
    assert_on_disk("2.0.0 3.0.0 4.0.0 ");
}

static void what_nobody_recorded_is_swept_away(void **state)
{
    const App *app = &app_scene->app;
    CLEANUP(free) char *half = app_path(app, "releases/.2.0.0.new");
    CLEANUP(free) char *stray = app_path(app, "releases/7.7.7");
    CLEANUP(free) char *download = app_path(app, "incoming/0123");

    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 1);
    assert_done(folder_create(half, &app_scene->err));
    assert_done(folder_create(stray, &app_scene->err));
    assert_done(folder_create(download, &app_scene->err));
    (void)prune(5, 0);
    assert_on_disk("1.0.0 ");
    assert_false(file_exists(download));
}

static void an_open_deployment_keeps_its_unfinished_work(void **state)
{
    const App *app = &app_scene->app;
    CLEANUP(free) char *half = app_path(app, "releases/.2.0.0.new");
    CLEANUP(free) char *download = app_path(app, "incoming/0123");

    (void)state;
    assert_done(folder_create(half, &app_scene->err));
    assert_done(folder_create(download, &app_scene->err));
    (void)scene_deployment();
    (void)prune(5, 0);
    assert_on_disk(".2.0.0.new ");
    assert_true(file_exists(download));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(the_way_back_is_the_good_release_that_served_last_before),
        SCENE_TEST(a_bad_or_unproven_release_is_no_way_back),
        SCENE_TEST(a_bad_release_can_be_asked_for_by_name),
        SCENE_TEST(a_release_whose_folder_is_gone_is_passed_over),
        SCENE_TEST(what_cannot_be_gone_back_to_says_why_and_what_there_is),
        SCENE_TEST(a_release_is_found_only_with_its_folder),
        SCENE_TEST(as_many_releases_are_kept_as_the_settings_say),
        SCENE_TEST(what_serves_and_the_way_back_are_kept_whatever_the_settings_say),
        SCENE_TEST(after_a_rollback_the_older_good_release_is_kept),
        SCENE_TEST(a_bad_release_stays_to_be_looked_at_where_there_is_room),
        SCENE_TEST(a_release_in_a_slot_is_kept),
        SCENE_TEST(what_an_open_deployment_needs_is_kept),
        SCENE_TEST(bytes_are_counted_beside_the_number),
        SCENE_TEST(what_nobody_recorded_is_swept_away),
        SCENE_TEST(an_open_deployment_keeps_its_unfinished_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
