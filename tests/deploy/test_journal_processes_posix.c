/* Tests deploy/journal/journal_open.c: between processes, users, and on a disk that is full. */
#include "tests/deploy/app_scene.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool open_as_a_new_process(const char *path, int go)
{
    Journal *own = NULL;
    Error err = {0};
    char byte = 0;

    if (read(go, &byte, 1) != 0) /* ends when the parent closes it: all begin at once */
        return false;
    if (!journal_open(path, JOURNAL_CREATE, &own, &err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return false;
    }
    journal_close(own);
    return true;
}

static void many_may_open_a_new_journal_at_the_same_moment(void **state)
{
    enum { COUNT = 8 };
    CLEANUP(free) char *path = app_path(&app_scene->app, "other.db");
    pid_t children[COUNT];
    int go[2], failed = 0, status = 0;

    (void)state;
    assert_int_equal(pipe(go), 0);
    for (int i = 0; i < COUNT; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            (void)close(go[1]);
            _exit(open_as_a_new_process(path, go[0]) ? 0 : 1);
        }
    }
    (void)close(go[0]);
    (void)close(go[1]);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        failed += status != 0;
    }
    assert_int_equal(failed, 0);
}

/* ---- looking where SQLite cannot make its file of shared memory ---- */

/* As on a full disk, or one that is mounted read-only. */
static char *spoiled_journal(void)
{
    char *path = app_path(&app_scene->app, "journal.db");
    CLEANUP(free) char *memory = text_formatted("%s-shm", path);

    journal_close(app_scene->app.journal);
    app_scene->app.journal = NULL;
    assert_int_equal(symlink("nowhere/at/all", memory), 0);
    return path;
}

static void it_is_read_where_nothing_can_be_written_beside_it(void **state)
{
    ServingRecord serving = {.version = "1.0.0", .slot = SLOT_GREEN};
    CLEANUP(free) char *path = NULL;

    (void)state;
    assert_done(journal_save_serving(app_scene->app.journal, &serving, &app_scene->err));
    path = spoiled_journal();
    assert_done(journal_open(path, JOURNAL_LOOK, &app_scene->app.journal, &app_scene->err));
    memset(&serving, 0, sizeof serving);
    assert_done(journal_serving(app_scene->app.journal, &serving, &app_scene->err));
    assert_string_equal(serving.version, "1.0.0");
    assert_int_equal(serving.slot, SLOT_GREEN);
}

/* Without what was written last it would tell of the past. */
static void a_log_that_cannot_be_read_is_not_passed_over(void **state)
{
    CLEANUP(free) char *path = spoiled_journal();
    CLEANUP(free) char *log = text_formatted("%s-wal", path);
    Journal *none = NULL;

    (void)state;
    assert_done(file_write_atomic(log, "what was written last", 21, 0600, &app_scene->err));
    assert_fails(journal_open(path, JOURNAL_LOOK, &none, &app_scene->err), ERR_PERMISSION, "");
    assert_null(none);
}

/* ---- another user ---- */

enum { ANOTHER_USER = 65534, SAID_NONE = 1, OTHER_TROUBLE = 2 };

static int look_as_a_stranger(const char *path)
{
    Journal *none = NULL;
    Error err = {0};

    if (geteuid() == 0 && setuid(ANOTHER_USER) != 0)
        return OTHER_TROUBLE;
    if (journal_open(path, JOURNAL_LOOK, &none, &err))
        return SAID_NONE;
    return err.code == ERR_PERMISSION && strstr(err.hint, "user who deploys") ? 0 : OTHER_TROUBLE;
}

/* `status` would say that nothing was ever deployed. */
static void who_may_not_see_it_is_not_told_that_there_is_none(void **state)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "journal.db");
    pid_t child = 0;
    int status = 0;

    (void)state;
    assert_int_equal(chmod(app_scene->app.folder, geteuid() == 0 ? 0700 : 0), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(look_as_a_stranger(path));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(app_scene->app.folder, 0700), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(many_may_open_a_new_journal_at_the_same_moment),
        SCENE_TEST(it_is_read_where_nothing_can_be_written_beside_it),
        SCENE_TEST(a_log_that_cannot_be_read_is_not_passed_over),
        SCENE_TEST(who_may_not_see_it_is_not_told_that_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
