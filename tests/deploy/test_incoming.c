/* Tests deploy/release/incoming.c: one place for each source, and the place of what was refused. */
#include "deploy/release/incoming.h"
#include "tests/deploy/app_scene.h"

static void incoming_of(const char *source, Incoming *out)
{
    assert_done(incoming_of_source(&app_scene->app, source, out, &app_scene->err));
}

static void one_source_has_one_place(void **state)
{
    CLEANUP_INCOMING Incoming first = {0};
    CLEANUP_INCOMING Incoming again = {0};
    CLEANUP_INCOMING Incoming other = {0};

    (void)state;
    incoming_of("https://h/a.zip?t=1", &first);
    incoming_of("https://h/a.zip?t=1", &again);
    incoming_of("https://h/a.zip?t=2", &other);
    assert_string_equal(first.folder, again.folder);
    assert_string_not_equal(first.folder, other.folder);
    assert_true(text_starts_with(first.archive, first.folder));
    assert_null(strstr(first.archive, "a.zip")); /* no name from outside becomes a path */
}

static void a_record_leads_back_to_its_files(void **state)
{
    CLEANUP_INCOMING Incoming made = {0};
    CLEANUP_INCOMING Incoming found = {0};
    DeploymentRecord record = {0};

    (void)state;
    incoming_of("https://h/a.zip", &made);
    (void)snprintf(record.archive, sizeof record.archive, "%s", made.archive);
    assert_done(incoming_of_record(&record, &found, &app_scene->err));
    assert_string_equal(found.signature, made.signature);
    assert_string_equal(found.checksums, made.checksums);
    assert_string_equal(found.archive_state, made.archive_state);
}

static void quarantine_holds_the_last_archive_refused(void **state)
{
    static const char *const sources[] = {"https://h/a.zip", "https://h/b.zip"};
    CLEANUP(free) char *kept = app_path(&app_scene->app, "quarantine/archive");
    CLEANUP(free) char *content = NULL;
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_INCOMING Incoming incoming = {0};

        incoming_of(sources[i], &incoming);
        assert_done(folder_create(incoming.folder, &app_scene->err));
        assert_done(file_write_atomic(incoming.archive, sources[i], strlen(sources[i]), 0600,
                                      &app_scene->err));
        assert_done(incoming_quarantine(&app_scene->app, &incoming, &app_scene->err));
        assert_false(file_exists(incoming.folder));
    }
    assert_done(file_read_all(kept, 100, &content, &length, &app_scene->err));
    assert_string_equal(content, "https://h/b.zip");
}

static void what_is_in_quarantine_already_stays_there(void **state)
{
    CLEANUP(free) char *kept = app_path(&app_scene->app, "quarantine");
    CLEANUP_INCOMING Incoming incoming = {0};

    (void)state;
    assert_done(folder_create(kept, &app_scene->err));
    incoming_of("https://h/a.zip", &incoming);
    assert_done(incoming_quarantine(&app_scene->app, &incoming, &app_scene->err));
    assert_true(file_exists(kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(one_source_has_one_place),
        SCENE_TEST(a_record_leads_back_to_its_files),
        SCENE_TEST(quarantine_holds_the_last_archive_refused),
        SCENE_TEST(what_is_in_quarantine_already_stays_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
