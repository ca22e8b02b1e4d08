/* Tests base/process/process.h with real processes, on every system: this program in other roles
 * (tests/support/role.h). */
#include "base/process/process.h"

#include "base/clock.h"
#include "tests/base/scratch.h"
#include "tests/support/role.h"

#include <uv.h>

enum { PATIENCE_MS = 60000 };

static ProcessResult run(const Spawn *spawn)
{
    ProcessResult result = {0};
    Error err = {0};

    if (!process_run(spawn, PATIENCE_MS, &result, &err))
        fail_msg("%s", err.message);
    assert_false(result.timed_out);
    return result;
}

static ProcessId start(const char *name, const char *const *words)
{
    Role role;
    const Spawn spawn = {.argv = role_argv(&role, name, words)};
    ProcessId process = {0};
    Error err = {0};

    if (!process_start_detached(&spawn, &process, &err))
        fail_msg("%s", err.message);
    return process;
}

static void end(const ProcessId *process)
{
    Error err = {0};

    if (!process_kill_tree(process, &err))
        fail_msg("%s", err.message);
    assert_true(process_wait_gone(process, PATIENCE_MS));
}

static void a_process_is_told_apart_by_its_start(void **state)
{
    ProcessId own, again, other;
    ProcessWords words;
    Error err = {0};

    (void)state;
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_true(process_identify(process_own_pid(), &again, &err));
    assert_true(process_same(&own, &again));
    assert_true(process_alive(&own));
    words = process_to_words(&own);
    assert_true(process_from_words(words.pid, words.stamp, &other));
    assert_true(process_same(&own, &other));
    other.stamp++;
    assert_false(process_same(&own, &other));
    assert_false(process_alive(&other));
    assert_false(process_alive(&(ProcessId){0}));
    assert_false(process_from_words("12x", words.stamp, &other));
    assert_false(process_from_words(words.pid, "12", &other));
}

static void a_run_tells_status_and_the_last_output(void **state)
{
    static const char *const three[] = {"3", NULL};
    Role role;
    ProcessResult result = run(&(Spawn){.argv = role_argv(&role, "end", three)});

    (void)state;
    assert_int_equal(result.exit_status, 3);
    assert_int_equal(result.signal, 0);
    assert_string_equal(result.output, "out\nproblem\n");
    result = run(&(Spawn){.argv = role_argv(&role, "much", NULL)});
    assert_int_equal(result.exit_status, 0);
    assert_int_equal(strlen(result.output), sizeof result.output - 1);
    assert_true(text_ends_with(result.output, "99999\n100000\n"));
}

static void every_argument_arrives_as_it_is(void **state)
{
    static const char *const words[] = {
        "",  "a b", "say \"hi\"", "C:\\x y\\", "\\\\\"", "%PATH% $HOME *", "gr\xc3\xbc\xc3\x9f",
        NULL};
    CLEANUP_TEXT Text wanted = {0};
    CLEANUP(free) char *folder = NULL;
    Role role;
    ProcessResult result;
    Error err = {0};

    assert_true(path_absolute(scratch_path(state, "."), &folder, &err));
    for (size_t i = 0; words[i]; i++)
        text_appendf(&wanted, "%s\n", words[i]);
    text_appendf(&wanted, "%s\n", folder);
    result =
        run(&(Spawn){.argv = role_argv(&role, "say", words), .folder = scratch_path(state, ".")});
    assert_string_equal(result.output, text_chars(&wanted));
}

static void a_run_sees_its_environment_only(void **state)
{
    static const char *const environment[] = {"zebra=last", "WORD=first", "ALPHA=\xc3\xa9", NULL};
    static const char *const cases[][2] = {
        {"WORD",  "first\n"   },
        {"zebra", "last\n"    },
        {"ALPHA", "\xc3\xa9\n"},
        {"PATH",  "none\n"    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const words[] = {cases[i][0], NULL};
        Role role;
        ProcessResult result =
            run(&(Spawn){.argv = role_argv(&role, "variable", words), .environment = environment});

        assert_string_equal(result.output, cases[i][1]);
    }
}

static void what_is_not_there_is_said_at_once(void **state)
{
    static const struct {
        const char *program;
        const char *reason;
    } cases[] = {
        {"./absent",                 "does not exist"},
        {"no-such-program-anywhere", "PATH"          },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *argv[] = {cases[i].program, NULL};
        const Spawn spawn = {.argv = argv, .folder = scratch_path(state, ".")};
        ProcessId process;
        Error err = {0};

        assert_false(process_start_detached(&spawn, &process, &err));
        assert_int_equal(err.code, ERR_PROCESS);
        if (!strstr(err.message, cases[i].reason))
            fail_msg("%s: %s", cases[i].program, err.message);
    }
}

static void a_tree_is_killed_with_what_it_started(void **state)
{
    const char *path = scratch_path(state, "words");
    const char *const words[] = {path, NULL};
    ProcessId root = start("deaf", words);
    ProcessId child = role_wait_for_process(path);
    Error err = {0};

    assert_true(process_alive(&child));
    assert_true(process_descends_from(child.pid, root.pid));
    assert_false(process_descends_from(root.pid, child.pid));
    end(&root);
    assert_true(process_wait_gone(&child, PATIENCE_MS));
    assert_true(process_kill_tree(&root, &err)); /* gone already is success */
}

static void a_reused_pid_is_never_touched(void **state)
{
    ProcessId process = start("deaf", NULL);
    ProcessId stranger = {.pid = process.pid, .stamp = process.stamp + 1};
    Error err = {0};

    (void)state;
    assert_true(process_ask_to_stop(&stranger, &err));
    assert_true(process_kill_tree(&stranger, &err));
    assert_true(process_wait_gone(&stranger, 0));
    assert_true(process_alive(&process));
    end(&process);
}

static void a_detached_process_outlives_the_one_that_started_it(void **state)
{
    const char *path = scratch_path(state, "words");
    const char *const words[] = {path, NULL};
    Role role;
    ProcessResult result = run(&(Spawn){.argv = role_argv(&role, "start", words)});
    ProcessId process;

    assert_int_equal(result.exit_status, 0);
    process = role_wait_for_process(path);
    assert_true(process_alive(&process));
    end(&process);
}

/* The time that it is given grows until its child was there to be killed. */
static void a_run_that_takes_too_long_is_killed_with_what_it_started(void **state)
{
    const char *path = scratch_path(state, "words");
    const char *const words[] = {path, NULL};
    int64_t timeout_ms = 250;
    Role role;
    const Spawn spawn = {.argv = role_argv(&role, "deaf", words)};
    ProcessResult result;
    ProcessId child;
    Error err = {0};

    do {
        assert_true(process_run(&spawn, timeout_ms, &result, &err));
        assert_true(result.timed_out);
        assert_int_equal(result.exit_status, -1);
        timeout_ms *= 2;
    } while (!file_exists(path) && timeout_ms < PATIENCE_MS);
    child = role_wait_for_process(path);
    assert_true(process_wait_gone(&child, PATIENCE_MS));
}

static void a_listener_is_seen_from_its_first_to_its_last_moment(void **state)
{
    struct sockaddr_in address;
    struct sockaddr_storage bound;
    int size = sizeof bound;
    uint16_t port;
    bool listens = true;
    int64_t pid = -2;
    uv_loop_t loop;
    uv_tcp_t listener;
    ProcessId own;
    Error err = {0};

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_tcp_init(&loop, &listener), 0);
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&listener, 1, NULL), 0);
    assert_int_equal(uv_tcp_getsockname(&listener, (struct sockaddr *)&bound, &size), 0);
    memcpy(&address, &bound, sizeof address);
    port = (uint16_t)(address.sin_port >> 8 | address.sin_port << 8);
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_true(process_listens(&own, port, &listens, &err));
    assert_true(listens);
    assert_true(process_listening_on(port, &pid, &err));
    assert_true(pid == own.pid || pid == -1); /* Wine does not tell who */
    uv_close((uv_handle_t *)&listener, NULL);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_true(process_listens(&own, port, &listens, &err));
    assert_false(listens);
    assert_true(process_listening_on(port, &pid, &err));
    assert_int_equal(pid, 0);
}

static void figures_tell_handles_memory_and_threads(void **state)
{
    enum { OPENED = 300 };
    const char *path = scratch_path(state, "words");
    File *files[OPENED];
    ProcessFigures before, after;
    ProcessId own;
    Error err = {0};

    assert_true(file_write_atomic(path, "x", 1, 0600, &err));
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_true(process_figures(&own, &before, &err));
    for (size_t i = 0; i < OPENED; i++)
        assert_true(file_open(path, FILE_READ, &files[i], &err));
    assert_true(process_figures(&own, &after, &err));
    for (size_t i = 0; i < OPENED; i++)
        file_close(files[i]);
    assert_true(after.handles >= before.handles + OPENED);
    assert_true(after.resident_bytes > 100 * 1024);
    assert_true(after.threads >= 1);
    own.stamp++;
    assert_false(process_figures(&own, &after, &err));
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_told_apart_by_its_start),
        cmocka_unit_test(a_run_tells_status_and_the_last_output),
        SCRATCH_TEST(every_argument_arrives_as_it_is),
        cmocka_unit_test(a_run_sees_its_environment_only),
        SCRATCH_TEST(what_is_not_there_is_said_at_once),
        SCRATCH_TEST(a_tree_is_killed_with_what_it_started),
        cmocka_unit_test(a_reused_pid_is_never_touched),
        SCRATCH_TEST(a_detached_process_outlives_the_one_that_started_it),
        SCRATCH_TEST(a_run_that_takes_too_long_is_killed_with_what_it_started),
        cmocka_unit_test(a_listener_is_seen_from_its_first_to_its_last_moment),
        SCRATCH_TEST(figures_tell_handles_memory_and_threads),
    };
    int status;

    if (role_play(count, words, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
