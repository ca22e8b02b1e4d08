/* See role.h. */
#include "tests/support/role.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000, STEP_MS = 2, MANY = 100000, WORDS_SIZE = 64 };

const char *const *role_argv(Role *role, const char *name, const char *const *words)
{
    size_t size = sizeof role->program;
    size_t count = 0;

    assert_int_equal(uv_exepath(role->program, &size), 0);
    role->argv[count++] = role->program;
    role->argv[count++] = "role";
    role->argv[count++] = name;
    for (; words && *words; words++)
        role->argv[count++] = *words;
    assert_true(count < ROLE_MOST_WORDS);
    role->argv[count] = NULL;
    return role->argv;
}

/* ---- the roles ---- */

/* stdio would say \r\n on Windows. */
static void say(int descriptor, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    uv_fs_t request;

    (void)uv_fs_write(NULL, &request, descriptor, &bytes, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
}

static void say_line(const char *text)
{
    CLEANUP(free) char *line = text_formatted("%s\n", text);

    say(1, line);
}

static void say_words(char **words)
{
    CLEANUP(free) char *folder = NULL;
    Error ignored = {0};

    for (; *words; words++)
        say_line(*words);
    if (path_absolute(".", &folder, &ignored))
        say_line(folder);
}

static void say_numbers(const char *before, int last)
{
    for (int number = 1; number <= last;) {
        CLEANUP_TEXT Text lines = {0};

        for (int i = 0; i < 100 && number <= last; i++)
            text_appendf(&lines, "%s%d\n", before, number++);
        say(1, text_chars(&lines));
    }
}

static bool write_text(const char *path, const char *text)
{
    Error ignored = {0};

    return file_write_atomic(path, text, strlen(text), 0600, &ignored);
}

static bool write_process(const char *path, const ProcessId *process)
{
    const ProcessWords words = process_to_words(process);
    char text[WORDS_SIZE];

    (void)snprintf(text, sizeof text, "%s %s", words.pid, words.stamp);
    return write_text(path, text);
}

static _Noreturn void be_deaf(void)
{
    interrupt_install();
    for (;;)
        uv_sleep(1000);
}

static int be_deaf_after(bool ready)
{
    if (ready)
        be_deaf();
    return 1;
}

/* A child by parentage, on both systems. */
static bool start_child(const char *path)
{
    static uv_loop_t loop;
    static uv_process_t child;
    Role role;
    const char *const *argv = role_argv(&role, "deaf", NULL);
    uv_process_options_t options = {.file = argv[0],
                                    .args = (char **)(uintptr_t)argv,
                                    .flags = UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_DETACHED};
    ProcessId id;
    Error ignored = {0};

    return uv_loop_init(&loop) == 0 && uv_spawn(&loop, &child, &options) == 0 &&
           process_identify(child.pid, &id, &ignored) && write_process(path, &id);
}

static bool start_detached(const char *path)
{
    Role role;
    const Spawn spawn = {.argv = role_argv(&role, "deaf", NULL)};
    ProcessId id;
    Error ignored = {0};

    return process_start_detached(&spawn, &id, &ignored) && write_process(path, &id);
}

static int listen_for_the_end(const char *path)
{
    interrupt_install();
    if (!write_text(path, "here"))
        return 1;
    while (!interrupt_requested())
        (void)clock_sleep_ms(1000);
    say_line("bye");
    return 0;
}

static int end_with(const char *status)
{
    say(1, "out\n");
    say(2, "problem\n");
    return (int)strtol(status, NULL, 10);
}

static int play(const char *name, char **words)
{
    if (text_equal(name, "say"))
        say_words(words);
    else if (text_equal(name, "variable"))
        say_line(getenv(words[0]) ? getenv(words[0]) : "none");
    else if (text_equal(name, "end"))
        return end_with(words[0]);
    else if (text_equal(name, "much"))
        say_numbers("", MANY);
    else if (text_equal(name, "listen"))
        return listen_for_the_end(words[0]);
    else if (text_equal(name, "deaf"))
        return be_deaf_after(!words[0] || start_child(words[0]));
    else if (text_equal(name, "start"))
        return start_detached(words[0]) ? 0 : 1;
    else if (text_equal(name, "write")) {
        say_numbers("line ", (int)strtol(words[0], NULL, 10));
        return be_deaf_after(write_text(words[1], "done"));
    } else
        return 99;
    return 0;
}

bool role_play(int count, char **words, int *status)
{
    if (count < 3 || !text_equal(words[1], "role"))
        return false;
    *status = play(words[2], words + 3);
    return true;
}

/* ---- waiting for them ---- */

void role_wait_for_file(const char *path)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!file_exists(path) && clock_monotonic_ms() < deadline_ms)
        (void)clock_sleep_ms(STEP_MS);
    assert_true(file_exists(path));
}

ProcessId role_wait_for_process(const char *path)
{
    CLEANUP(free) char *text = NULL;
    char *blank;
    size_t length;
    ProcessId process = {0};
    Error err = {0};

    role_wait_for_file(path);
    if (!file_read_all(path, WORDS_SIZE, &text, &length, &err))
        fail_msg("%s", err.message);
    blank = strchr(text, ' ');
    assert_non_null(blank);
    *blank = '\0';
    assert_true(process_from_words(text, blank + 1, &process));
    return process;
}
