/* Tests deploy/lock.c: the lock of the system between two processes, and the hold of an operator.
 */
#include "deploy/lock.h"
#include "tests/deploy/app_scene.h"
#include "tests/deploy/fake_clock.h"

#include <sys/wait.h>
#include <unistd.h>

static int lock_setup(void **state)
{
    fake_clock_reset();
    return scene_setup(state);
}

#define LOCK_TEST(test) cmocka_unit_test_setup_teardown(test, lock_setup, scene_teardown)

/* Holds the lock in another process until *release is closed. */
static pid_t hold_elsewhere(const char *why, int *release)
{
    int taken[2], ended[2];
    char byte = 0;
    pid_t child = 0;

    assert_int_equal(pipe(taken), 0);
    assert_int_equal(pipe(ended), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FileLock *lock = NULL;
        Error err = {0};

        (void)close(ended[1]);
        if (!lock_take(&app_scene->app, why, 0, &lock, &err) || write(taken[1], "x", 1) != 1)
            _exit(1);
        _exit(read(ended[0], &byte, 1) == 0 ? 0 : 1);
    }
    (void)close(taken[1]);
    (void)close(ended[0]);
    assert_int_equal(read(taken[0], &byte, 1), 1);
    (void)close(taken[0]);
    *release = ended[1];
    return child;
}

static void let_go(pid_t child, int release)
{
    int status = 0;

    (void)close(release);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_free_lock_is_taken_and_says_who_has_it(void **state)
{
    CLEANUP(file_lock_release) FileLock *lock = NULL;
    LockHolder holder;

    (void)state;
    assert_done(lock_look(&app_scene->app, &holder, &app_scene->err));
    assert_false(holder.held);
    assert_done(lock_take(&app_scene->app, "deploy 2.0.0", 0, &lock, &app_scene->err));
    assert_done(lock_look(&app_scene->app, &holder, &app_scene->err));
    assert_true(holder.held);
    assert_int_equal(holder.pid, process_own_pid());
    assert_string_equal(holder.why, "deploy 2.0.0");
    assert_int_equal(holder.since_ms, fake_clock.now_ms);
}

static void a_lock_that_another_has_says_who_and_why(void **state)
{
    FileLock *lock = NULL;
    int release = 0;
    pid_t child = hold_elsewhere("rollback", &release);
    CLEANUP(free) char *pid = text_formatted("(process %ld) since", (long)child);

    (void)state;
    assert_fails(lock_take(&app_scene->app, "deploy", 0, &lock, &app_scene->err), ERR_LOCKED,
                 "shop is locked by");
    assert_non_null(strstr(app_scene->err.message, pid));
    assert_non_null(strstr(app_scene->err.message, ": rollback"));
    assert_non_null(strstr(app_scene->err.hint, "--wait"));
    assert_null(lock);
    let_go(child, release);
}

static void waiting_for_a_lock_ends_at_its_time(void **state)
{
    FileLock *lock = NULL;
    int release = 0;
    pid_t child = hold_elsewhere("rollback", &release);
    int64_t begin = fake_clock.now_ms;

    (void)state;
    assert_fails(lock_take(&app_scene->app, "deploy", 300000, &lock, &app_scene->err), ERR_LOCKED,
                 "shop is locked by");
    assert_in_range(fake_clock.now_ms - begin, 300000, 301000);
    let_go(child, release);
}

static void ctrl_c_ends_the_waiting(void **state)
{
    FileLock *lock = NULL;
    int release = 0;
    pid_t child = hold_elsewhere("rollback", &release);

    (void)state;
    fake_clock.interrupt_at_ms = fake_clock.now_ms + 1000;
    assert_fails(lock_take(&app_scene->app, "deploy", 300000, &lock, &app_scene->err),
                 ERR_INTERRUPTED, "interrupted");
    let_go(child, release);
}

static void the_lock_ends_with_its_holder(void **state)
{
    CLEANUP(file_lock_release) FileLock *lock = NULL;
    LockHolder holder;
    int release = 0;
    pid_t child = hold_elsewhere("rollback", &release);

    (void)state;
    let_go(child, release);
    assert_done(lock_look(&app_scene->app, &holder, &app_scene->err));
    assert_false(holder.held); /* the note is still in the file */
    assert_string_equal(holder.why, "");
    assert_done(lock_take(&app_scene->app, "deploy", 0, &lock, &app_scene->err));
}

static void a_hold_stops_who_would_deploy(void **state)
{
    FreezeRecord freeze = {.by = "me@here", .message = "peak hour", .since_ms = 1};

    (void)state;
    assert_done(lock_check_hold(&app_scene->app, &app_scene->err));
    assert_done(journal_save_freeze(app_scene->app.journal, &freeze, &app_scene->err));
    assert_fails(lock_check_hold(&app_scene->app, &app_scene->err), ERR_LOCKED,
                 "shop is held by me@here since 1970-01-01T00:00:00.001Z: peak hour");
    assert_non_null(strstr(app_scene->err.hint, "godeploy unlock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(a_free_lock_is_taken_and_says_who_has_it),
        LOCK_TEST(a_lock_that_another_has_says_who_and_why),
        LOCK_TEST(waiting_for_a_lock_ends_at_its_time),
        LOCK_TEST(ctrl_c_ends_the_waiting),
        LOCK_TEST(the_lock_ends_with_its_holder),
        LOCK_TEST(a_hold_stops_who_would_deploy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
