/* Tests deploy/journal/journal.c and deploy/journal/journal_releases.c. */
#include "tests/deploy/app_scene.h"

static Journal *journal(void)
{
    return app_scene->app.journal;
}

static char *journal_path(void)
{
    return app_path(&app_scene->app, "journal.db");
}

static void open_again(JournalMode mode)
{
    CLEANUP(free) char *path = journal_path();

    journal_close(app_scene->app.journal);
    app_scene->app.journal = NULL;
    assert_done(journal_open(path, mode, &app_scene->app.journal, &app_scene->err));
}

static DeploymentRecord full_record(void)
{
    return (DeploymentRecord){.kind = KIND_ROLLBACK,
                              .version = "2.0.0",
                              .from_version = "1.0.0",
                              .slot = SLOT_GREEN,
                              .from_slot = SLOT_NONE,
                              .source = "https://host/a'b.zip",
                              .archive = "/in/archive",
                              .digest = "d1",
                              .key_id = "k1",
                              .instance = "i1",
                              .proof = "p1",
                              .attested = true,
                              .allow_downgrade = true,
                              .started_ms = 5,
                              .ended_ms = 7,
                              .by = "me@here",
                              .message = "\"; DROP TABLE deployments"};
}

/* ---- opening ---- */

static void looking_makes_no_journal(void **state)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "other.db");
    Journal *none = (Journal *)*state;

    assert_done(journal_open(path, JOURNAL_LOOK, &none, &app_scene->err));
    assert_null(none);
    assert_false(file_exists(path));
}

/* A crash between the first open and the schema leaves an empty file. */
static void an_empty_file_is_no_journal_yet(void **state)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "other.db");
    Journal *none = (Journal *)*state;

    assert_true(file_write_atomic(path, "", 0, 0600, &app_scene->err));
    assert_done(journal_open(path, JOURNAL_LOOK, &none, &app_scene->err));
    assert_null(none);
}

static void what_is_no_journal_is_told_from_one(void **state)
{
    static const char page[4096] = "this is no database, whatever its name says";
    CLEANUP(free) char *path = app_path(&app_scene->app, "other.db");
    Journal *none = NULL;

    (void)state;
    assert_true(file_write_atomic(path, page, sizeof page, 0600, &app_scene->err));
    assert_fails(journal_open(path, JOURNAL_CREATE, &none, &app_scene->err), ERR_JOURNAL,
                 "not a database");
    assert_non_null(strstr(app_scene->err.hint, "backup"));
}

static void a_folder_that_is_missing_is_an_error(void **state)
{
    Journal *none = NULL;

    (void)state;
    assert_fails(journal_open("/nowhere/at/all/journal.db", JOURNAL_CREATE, &none, &app_scene->err),
                 ERR_PERMISSION, "/nowhere/at/all/journal.db");
}

/* ---- deployments ---- */

static void a_deployment_is_read_as_it_was_written(void **state)
{
    DeploymentRecord written = full_record(), got;
    bool found = false;

    (void)state;
    assert_done(journal_open_deployment(journal(), &written, &app_scene->err));
    assert_int_not_equal(written.id, 0);
    open_again(JOURNAL_CREATE);
    assert_done(journal_find_open(journal(), &got, &found, &app_scene->err));
    assert_true(found);
    assert_memory_equal(&got, &written, sizeof got);
    assert_done(journal_find_deployment(journal(), written.id, &got, &found, &app_scene->err));
    assert_true(found);
    assert_memory_equal(&got, &written, sizeof got);
}

static void at_most_one_deployment_is_open(void **state)
{
    DeploymentRecord first = full_record(), second = full_record();

    (void)state;
    assert_done(journal_open_deployment(journal(), &first, &app_scene->err));
    assert_fails(journal_open_deployment(journal(), &second, &app_scene->err), ERR_STATE,
                 "another deployment is open");
    first.state = DEPLOYMENT_DONE;
    assert_done(journal_save_deployment(journal(), &first, &app_scene->err));
    assert_false(journal_has_open(journal()));
    assert_done(journal_open_deployment(journal(), &second, &app_scene->err));
    assert_int_equal(second.id, first.id + 1);
}

static void deployments_are_listed_newest_first(void **state)
{
    CLEANUP(free) DeploymentRecord *all = NULL;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        DeploymentRecord record = full_record();

        assert_done(journal_open_deployment(journal(), &record, &app_scene->err));
        record.state = DEPLOYMENT_FAILED;
        assert_done(journal_save_deployment(journal(), &record, &app_scene->err));
    }
    assert_done(journal_list_deployments(journal(), 18, &all, &count, &app_scene->err));
    assert_int_equal(count, 18);
    assert_int_equal(all[0].id, 20);
    assert_int_equal(all[17].id, 3);
}

static void what_is_not_there_is_not_found(void **state)
{
    DeploymentRecord record;
    ReleaseRecord release;
    ServingRecord serving;
    SlotRecord instance;
    FreezeRecord freeze;
    char highest[JOURNAL_VERSION_SIZE] = "x";
    bool found = true;

    (void)state;
    assert_done(journal_find_open(journal(), &record, &found, &app_scene->err));
    assert_false(found);
    assert_done(journal_find_deployment(journal(), 7, &record, &found, &app_scene->err));
    assert_false(found);
    assert_done(journal_find_release(journal(), "1", &release, &found, &app_scene->err));
    assert_false(found);
    assert_done(journal_serving(journal(), &serving, &app_scene->err));
    assert_string_equal(serving.version, "");
    assert_int_equal(serving.slot, SLOT_NONE);
    assert_done(journal_instance(journal(), SLOT_BLUE, &instance, &app_scene->err));
    assert_string_equal(instance.instance, "");
    assert_done(journal_freeze(journal(), &freeze, &app_scene->err));
    assert_int_equal(freeze.since_ms, 0);
    assert_done(journal_high_water(journal(), highest, &app_scene->err));
    assert_string_equal(highest, "");
}

/* ---- transactions ---- */

static void what_is_rolled_back_was_never_written(void **state)
{
    (void)state;
    assert_done(journal_begin(journal(), &app_scene->err));
    assert_done(journal_save_high_water(journal(), "9.0.0", &app_scene->err));
    scene_record_instance(SLOT_BLUE, "9.0.0", "i9");
    journal_rollback(journal());
    what_is_not_there_is_not_found(state);
}

static void a_process_that_ends_in_a_transaction_has_written_nothing(void **state)
{
    assert_done(journal_begin(journal(), &app_scene->err));
    assert_done(journal_save_high_water(journal(), "9.0.0", &app_scene->err));
    open_again(JOURNAL_CREATE);
    what_is_not_there_is_not_found(state);
}

static void a_reader_sees_what_is_committed_and_nothing_else(void **state)
{
    CLEANUP(free) char *path = journal_path();
    CLEANUP(journal_close) Journal *reader = NULL;
    char highest[JOURNAL_VERSION_SIZE];

    (void)state;
    assert_done(journal_save_high_water(journal(), "1.0.0", &app_scene->err));
    assert_done(journal_open(path, JOURNAL_LOOK, &reader, &app_scene->err));
    assert_done(journal_begin(journal(), &app_scene->err));
    assert_done(journal_save_high_water(journal(), "2.0.0", &app_scene->err));
    assert_done(journal_high_water(reader, highest, &app_scene->err));
    assert_string_equal(highest, "1.0.0");
    assert_done(journal_commit(journal(), &app_scene->err));
    assert_done(journal_high_water(reader, highest, &app_scene->err));
    assert_string_equal(highest, "2.0.0");
}

static void a_commit_without_a_beginning_is_an_error(void **state)
{
    (void)state;
    assert_fails(journal_commit(journal(), &app_scene->err), ERR_JOURNAL, "journal.db");
}

/* ---- steps and events ---- */

static void a_step_keeps_its_place_and_its_detail_when_it_is_written_again(void **state)
{
    const StepRecord first = {.stage = "fetch", .state = STEP_DONE, .took_ms = 3, .text = "ok"};
    const StepRecord second = {.stage = "verify", .state = STEP_DONE};
    const StepRecord again = {.stage = "fetch", .state = STEP_INTENT, .took_ms = -1};
    CLEANUP(json_free) Json *detail = json_new_object();
    CLEANUP(json_free) Json *kept = NULL;
    CLEANUP(free) StepRecord *steps = NULL;
    size_t count = 0;

    (void)state;
    (void)json_put_integer(detail, "bytes", 42);
    assert_done(journal_save_step(journal(), 1, &first, detail, &app_scene->err));
    assert_done(journal_save_step(journal(), 1, &second, NULL, &app_scene->err));
    assert_done(journal_save_step(journal(), 1, &again, NULL, &app_scene->err));
    assert_done(journal_list_steps(journal(), 1, &steps, &count, &app_scene->err));
    assert_int_equal(count, 2);
    assert_string_equal(steps[0].stage, "fetch");
    assert_int_equal(steps[0].state, STEP_INTENT);
    assert_int_equal(steps[0].took_ms, -1);
    assert_done(journal_step_detail(journal(), 1, "fetch", &kept, &app_scene->err));
    assert_int_equal(json_get_integer(kept, "bytes", 0), 42);
}

static void a_step_that_was_never_begun_is_as_one_undone(void **state)
{
    CLEANUP(json_free) Json *none = NULL;
    StepRecord step = {.state = STEP_DONE};

    (void)state;
    assert_done(journal_find_step(journal(), 1, "flip", &step, &app_scene->err));
    assert_int_equal(step.state, STEP_UNDONE);
    assert_string_equal(step.stage, "");
    assert_done(journal_step_detail(journal(), 1, "flip", &none, &app_scene->err));
    assert_null(none);
}

static void events_are_listed_as_they_came(void **state)
{
    CLEANUP(free) EventRecord *events = NULL;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        EventRecord event = {.wall_ms = 100 - i, .stage = "watch", .kind = "note"};

        (void)snprintf(event.text, sizeof event.text, "number %d", i);
        assert_done(journal_add_event(journal(), 1 + i % 2, &event, &app_scene->err));
    }
    assert_done(journal_list_events(journal(), 1, &events, &count, &app_scene->err));
    assert_int_equal(count, 2);
    assert_string_equal(events[0].text, "number 0");
    assert_string_equal(events[1].text, "number 2");
    assert_int_equal(events[1].wall_ms, 98);
}

/* ---- releases and facts ---- */

static void releases_are_listed_newest_served_first(void **state)
{
    CLEANUP(free) ReleaseRecord *all = NULL;
    size_t count = 0;

    (void)state;
    scene_release("1.0.0", RELEASE_GOOD, 30);
    scene_release("3.0.0", RELEASE_UNPACKED, 1);
    scene_release("2.0.0", RELEASE_GOOD, 20);
    assert_done(journal_list_releases(journal(), &all, &count, &app_scene->err));
    assert_int_equal(count, 3);
    assert_string_equal(all[0].version, "2.0.0");
    assert_string_equal(all[1].version, "1.0.0");
    assert_string_equal(all[2].version, "3.0.0");
}

static void facts_are_read_as_they_were_written(void **state)
{
    FreezeRecord freeze = {.by = "me@here", .message = "peak \"hour\"", .since_ms = 12}, thawed;
    SlotRecord instance;
    char highest[JOURNAL_VERSION_SIZE];

    (void)state;
    scene_serves("1.0.0", SLOT_GREEN);
    assert_done(journal_save_freeze(journal(), &freeze, &app_scene->err));
    assert_done(journal_save_high_water(journal(), "1.0.0+\xc3\xa4", &app_scene->err));
    open_again(JOURNAL_LOOK);
    assert_int_equal(scene_serving().slot, SLOT_GREEN);
    assert_string_equal(scene_serving().instance, "i-1.0.0");
    assert_done(journal_instance(journal(), SLOT_GREEN, &instance, &app_scene->err));
    assert_string_equal(instance.version, "1.0.0");
    assert_done(journal_freeze(journal(), &thawed, &app_scene->err));
    assert_memory_equal(&thawed, &freeze, sizeof freeze);
    assert_done(journal_high_water(journal(), highest, &app_scene->err));
    assert_string_equal(highest, "1.0.0+\xc3\xa4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(looking_makes_no_journal),
        SCENE_TEST(an_empty_file_is_no_journal_yet),
        SCENE_TEST(what_is_no_journal_is_told_from_one),
        SCENE_TEST(a_folder_that_is_missing_is_an_error),
        SCENE_TEST(a_deployment_is_read_as_it_was_written),
        SCENE_TEST(at_most_one_deployment_is_open),
        SCENE_TEST(deployments_are_listed_newest_first),
        SCENE_TEST(what_is_not_there_is_not_found),
        SCENE_TEST(what_is_rolled_back_was_never_written),
        SCENE_TEST(a_process_that_ends_in_a_transaction_has_written_nothing),
        SCENE_TEST(a_reader_sees_what_is_committed_and_nothing_else),
        SCENE_TEST(a_commit_without_a_beginning_is_an_error),
        SCENE_TEST(a_step_keeps_its_place_and_its_detail_when_it_is_written_again),
        SCENE_TEST(a_step_that_was_never_begun_is_as_one_undone),
        SCENE_TEST(events_are_listed_as_they_came),
        SCENE_TEST(releases_are_listed_newest_served_first),
        SCENE_TEST(facts_are_read_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
