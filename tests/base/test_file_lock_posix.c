/* Tests base/file/file_lock.h with processes, and what only POSIX has. */
#include "base/file/file_lock.h"
#include "tests/base/scratch_posix.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* A child that does one thing with the lock, says so, and waits to be killed. */
typedef struct Child {
    pid_t pid;
    int word; /* closed at the other end when the child, and what it started, has said its word */
} Child;

static Child start_child(void (*body)(const char *path, int word), const char *path)
{
    Child child = {0};
    int pipes[2];

    assert_int_equal(pipe(pipes), 0);
    child.pid = fork();
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pipes[0]);
        body(path, pipes[1]);
        _exit(0);
    }
    close(pipes[1]);
    child.word = pipes[0];
    return child;
}

static char hear(const Child *child)
{
    char word = '-';

    return read(child->word, &word, 1) == 1 ? word : '-';
}

static void end_child(const Child *child)
{
    close(child->word);
    kill(child->pid, SIGKILL);
    assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}

static void say(int where, char word)
{
    if (write(where, &word, 1) != 1)
        _exit(9);
}

static void hold(const char *path, int word)
{
    FileLock *lock = NULL;
    Error err = {0};

    if (file_lock_try(path, &lock, &err) && lock)
        (void)file_lock_write_note(lock, "deploy 2.4.0", &err);
    say(word, lock ? 'y' : 'n');
    for (;;)
        pause();
}

/* Leaves a program behind that was started while the lock was held. */
static void hold_and_leave_a_program(const char *path, int word)
{
    FileLock *lock = NULL;
    Error err = {0};
    int started[2];
    char byte = 0;
    pid_t program = 0;

    if (!file_lock_try(path, &lock, &err) || !lock || pipe2(started, O_CLOEXEC) != 0)
        _exit(1);
    program = fork();
    if (program == 0) {
        execlp("sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    close(started[1]);
    if (read(started[0], &byte, 1) != 0) /* the end: it was executed, and closed what it should */
        _exit(2);
    if (write(word, &program, sizeof program) != (ssize_t)sizeof program)
        _exit(3);
}

static void look_for_ever(const char *path, int word)
{
    say(word, 'y');
    for (;;)
        (void)file_lock_is_held(path);
}

static void a_lock_is_its_owners_only(void **state)
{
    const char *path = scratch_path(state, "lock");
    CLEANUP(file_lock_release) FileLock *lock = NULL;
    struct stat now;
    Error err = {0};

    assert_true(file_lock_try(path, &lock, &err));
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_mode & 0777, 0600);
}

static void a_lock_dies_with_its_holder(void **state)
{
    const char *path = scratch_path(state, "lock");
    CLEANUP(free) char *note = NULL;
    CLEANUP(free) char *note_after = NULL;
    FileLock *lock = NULL;
    Error err = {0};
    Child child = start_child(hold, path);

    assert_int_equal(hear(&child), 'y');
    assert_true(file_lock_is_held(path));
    assert_true(file_lock_try(path, &lock, &err));
    assert_null(lock);
    assert_true(file_lock_read_note(path, &note, &err));
    assert_string_equal(note, "deploy 2.4.0");
    end_child(&child);
    assert_false(file_lock_is_held(path));
    assert_true(file_lock_try(path, &lock, &err));
    assert_non_null(lock);
    assert_true(file_lock_read_note(path, &note_after, &err));
    assert_string_equal(note_after, ""); /* the dead one is not taken for the new holder */
    file_lock_release(lock);
}

static void a_program_started_by_the_holder_does_not_hold_it(void **state)
{
    const char *path = scratch_path(state, "lock");
    Child child = start_child(hold_and_leave_a_program, path);
    pid_t program = 0;
    bool held = true;

    assert_int_equal(read(child.word, &program, sizeof program), sizeof program);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    held = file_lock_is_held(path);
    close(child.word);
    assert_int_equal(kill(program, SIGKILL), 0); /* it does still run */
    assert_false(held);
}

static void whoever_only_looks_keeps_nobody_from_the_lock(void **state)
{
    const char *path = scratch_path(state, "lock");
    Child child = {0};
    Error err = {0};

    assert_true(file_write_atomic(path, "", 0, 0600, &err));
    child = start_child(look_for_ever, path);
    assert_int_equal(hear(&child), 'y');
    for (int i = 0; i < 2000; i++) {
        FileLock *lock = NULL;

        assert_true(file_lock_try(path, &lock, &err));
        assert_non_null(lock);
        file_lock_release(lock);
    }
    end_child(&child);
}

static void a_lock_that_cannot_be_made_is_an_error_and_not_a_holder(void **state)
{
    FileLock *lock = NULL;
    Error err = {0};

    assert_false(file_lock_try(scratch_path(state, "no/such/lock"), &lock, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_int_equal(symlink("/tmp/elsewhere", scratch_path(state, "link")), 0);
    assert_false(file_lock_try(scratch_path(state, "link"), &lock, &err));
    assert_false(file_lock_is_held(scratch_path(state, "link")));
    assert_null(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_lock_is_its_owners_only),
        SCRATCH_TEST(a_lock_dies_with_its_holder),
        SCRATCH_TEST(a_program_started_by_the_holder_does_not_hold_it),
        SCRATCH_TEST(whoever_only_looks_keeps_nobody_from_the_lock),
        SCRATCH_TEST(a_lock_that_cannot_be_made_is_an_error_and_not_a_holder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
