/* Tests base/file/file_lock.h, what is the same on every system. Two handles of one process are two
 * holders. */
#include "base/file/file_lock.h"
#include "tests/base/scratch.h"

static void a_lock_is_for_one_process(void **state)
{
    const char *path = scratch_path(state, "lock");
    FileLock *lock = NULL, *other = NULL;
    Error err = {0};

    assert_false(file_lock_is_held(path));
    assert_true(file_lock_try(path, &lock, &err));
    assert_non_null(lock);
    assert_true(file_lock_is_held(path));
    assert_true(file_lock_try(path, &other, &err));
    assert_null(other);
    file_lock_release(lock);
    assert_false(file_lock_is_held(path));
    assert_true(file_lock_try(path, &other, &err));
    assert_non_null(other);
    file_lock_release(other);
    file_lock_release(NULL);
}

static void the_holder_is_named_as_long_as_it_holds(void **state)
{
    const char *path = scratch_path(state, "lock");
    CLEANUP(file_lock_release) FileLock *lock = NULL;
    char longest[1002];
    char *note = NULL;
    Error err = {0};

    assert_true(file_lock_try(path, &lock, &err));
    assert_true(file_lock_write_note(lock, "a long first note", &err));
    assert_true(file_lock_write_note(lock, "short", &err));
    assert_true(file_lock_read_note(path, &note, &err));
    assert_string_equal(note, "short");
    free(note);
    memset(longest, 'n', sizeof longest);
    longest[1001] = '\0';
    assert_false(file_lock_write_note(lock, longest, &err));
    longest[1000] = '\0';
    assert_true(file_lock_write_note(lock, longest, &err));
    assert_true(file_lock_read_note(path, &note, &err));
    assert_string_equal(note, longest);
    free(note);
    file_lock_release(TAKE(lock));
    assert_true(file_lock_read_note(path, &note, &err));
    assert_string_equal(note, "");
    free(note);
}

static void a_lock_in_no_folder_is_an_error_and_not_a_holder(void **state)
{
    const char *path = scratch_path(state, "no/such/lock");
    FileLock *lock = NULL;
    Error err = {0};

    assert_false(file_lock_try(path, &lock, &err));
    assert_int_equal(err.code, ERR_FILE);
    assert_false(file_lock_is_held(path));
    assert_null(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_lock_is_for_one_process),
        SCRATCH_TEST(the_holder_is_named_as_long_as_it_holds),
        SCRATCH_TEST(a_lock_in_no_folder_is_an_error_and_not_a_holder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
