/* Tests base/file/rolling.h. The lossless cut needs a file system that can (ext4, xfs); elsewhere
 * the order of the files is tested and the loss between copy and truncation is allowed for. */
#include "base/file/rolling.h"

#include "base/clock.h"
#include "base/file/rolling_cut.h"
#include "tests/base/scratch_posix.h"

#include <fcntl.h>
#include <stdlib.h>

enum { LINES = 200000, FILES = 100 };

static void append(const char *path, const char *text)
{
    CLEANUP(file_close) File *file = NULL;
    Error err = {0};

    assert_true(file_open(path, FILE_CONTINUE, &file, &err));
    assert_true(file_write(file, text, strlen(text), &err));
}

static char *content(const char *path)
{
    char *text = NULL;
    size_t length;
    Error err = {0};

    if (!file_read_all(path, 64U * 1024 * 1024, &text, &length, &err))
        fail_msg("%s", err.message);
    return text;
}

static bool can_cut(const char *path)
{
    CLEANUP(free) char *bytes = NULL;
    uint64_t unit;
    Error err = {0};

    append(path, "x");
    unit = rolling_cut_unit(path);
    bytes = calloc(1, (size_t)unit + 1);
    assert_non_null(bytes);
    return unit > 0 && file_write_atomic(path, bytes, (size_t)unit + 1, 0600, &err) &&
           rolling_cut_head(path, unit);
}

static void a_small_or_missing_log_is_left_alone(void **state)
{
    const char *log = scratch_path(state, "log");
    const Rolling rolling = {.path = log, .most_bytes = 10, .files = 2};
    uint64_t freed = 99;
    Error err = {0};

    assert_true(rolling_run(&rolling, &freed, &err));
    assert_int_equal(freed, 0);
    append(log, "0123456789");
    assert_true(rolling_run(&rolling, &freed, &err));
    assert_int_equal(freed, 0);
    assert_false(file_exists(scratch_path(state, "log.1")));
}

static void older_files_move_up_and_the_oldest_goes(void **state)
{
    const char *log = scratch_path(state, "log");
    const Rolling rolling = {.path = log, .most_bytes = 1, .files = 2};
    uint64_t freed;
    Error err = {0};

    assert_true(file_write_atomic(scratch_path(state, "log.1"), "one", 3, 0600, &err));
    assert_true(file_write_atomic(scratch_path(state, "log.2"), "two", 3, 0600, &err));
    append(log, "live"); /* smaller than a block: there is nothing to cut, so it is emptied */
    assert_true(rolling_run(&rolling, &freed, &err));
    assert_int_equal(freed, 4);
    {
        CLEANUP(free) char *first = content(scratch_path(state, "log.1"));
        CLEANUP(free) char *second = content(scratch_path(state, "log.2"));
        CLEANUP(free) char *live = content(log);

        assert_string_equal(first, "live");
        assert_string_equal(second, "one");
        assert_string_equal(live, "");
    }
    assert_false(file_exists(scratch_path(state, "log.3")));
    assert_false(file_exists(scratch_path(state, "log.rolling")));
}

/* Appends numbered lines as fast as it can, as a service does: its descriptor is never told. */
static pid_t start_writer(const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t writer = fork();

    if (writer == 0) {
        for (int i = 0; i < LINES; i++) {
            char line[32];
            int length = snprintf(line, sizeof line, "line %d\n", i);

            if (write(fd, line, (size_t)length) != length)
                _exit(1);
        }
        _exit(0);
    }
    (void)close(fd);
    return writer;
}

static void check_all_lines(void **state)
{
    CLEANUP_TEXT Text all = {0};
    const char *at;
    Error err = {0};

    for (int number = FILES; number >= 0; number--) {
        char name[32];
        const char *path;

        (void)snprintf(name, sizeof name, number ? "log.%d" : "log", number);
        path = scratch_path(state, name);
        if (file_exists(path)) {
            CLEANUP(free) char *part = content(path);

            text_append(&all, part);
        }
    }
    assert_true(text_ok(&all, &err));
    at = text_chars(&all);
    for (int i = 0; i < LINES; i++) {
        char line[32];
        size_t length = (size_t)snprintf(line, sizeof line, "line %d\n", i);

        if (strncmp(at, line, length) != 0)
            fail_msg("at line %d: %.40s", i, at);
        at += length;
    }
    assert_string_equal(at, "");
}

static void no_line_is_lost_while_a_program_writes(void **state)
{
    const char *log = scratch_path(state, "log");
    const Rolling rolling = {.path = log, .most_bytes = 200 * 1024, .files = FILES};
    uint64_t freed = 0;
    uint64_t total = 0;
    int status = 0;
    Error err = {0};
    pid_t writer;

    if (!can_cut(scratch_path(state, "probe")))
        skip();
    writer = start_writer(log);
    assert_true(writer > 0);
    while (waitpid(writer, &status, WNOHANG) == 0) {
        if (!rolling_run(&rolling, &freed, &err))
            fail_msg("%s", err.message);
        total += freed;
    }
    assert_int_equal(status, 0);
    assert_true(rolling_run(&rolling, &freed, &err));
    assert_true(total + freed > 0);
    check_all_lines(state);
}

static void a_failure_leaves_the_live_log_whole(void **state)
{
    const char *log = scratch_path(state, "log");
    const Rolling rolling = {.path = log, .most_bytes = 1, .files = 1};
    uint64_t freed = 99;
    Error err = {0};

    append(log, "live");
    assert_true(folder_create(scratch_path(state, "log.rolling"), &err)); /* in the way */
    assert_false(rolling_run(&rolling, &freed, &err));
    assert_int_equal(freed, 0);
    {
        CLEANUP(free) char *live = content(log);

        assert_string_equal(live, "live");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_small_or_missing_log_is_left_alone),
        SCRATCH_TEST(older_files_move_up_and_the_oldest_goes),
        SCRATCH_TEST(no_line_is_lost_while_a_program_writes),
        SCRATCH_TEST(a_failure_leaves_the_live_log_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
