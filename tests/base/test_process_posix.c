/* Tests what base/process/process.h promises on POSIX alone; test_process.c has the rest. Scripts
 * announce their pids in files; the tests wait for them with a deadline. */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/process/process_child_posix.h"
#include "tests/base/scratch_posix.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 20000 };

/* The pid that a script wrote with `echo $$ > name`; fails the test if it does not come. */
static ProcessId wait_for_pid(const char *path)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    ProcessId process = {0};
    Error err = {0};

    while (clock_monotonic_ms() < deadline_ms) {
        CLEANUP(free) char *text = NULL;
        size_t length;

        if (file_exists(path) && file_read_all(path, 64, &text, &length, &err) && length > 1 &&
            text[length - 1] == '\n' && process_identify(atoll(text), &process, &err))
            return process;
        (void)clock_sleep_ms(1);
    }
    fail_msg("no living process in %s", path);
    return process;
}

static ProcessId start_script(const char *script, const char *folder, const char *output)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    const Spawn spawn = {.argv = argv, .folder = folder, .output_path = output};
    ProcessId process = {0};
    Error err = {0};

    if (!process_start_detached(&spawn, &process, &err))
        fail_msg("%s", err.message);
    return process;
}

static void end(const ProcessId *process)
{
    Error err = {0};

    assert_true(process_kill_tree(process, &err));
    assert_true(process_wait_gone(process, PATIENCE_MS));
}

static void a_zombie_is_gone(void **state)
{
    ProcessId child = {0};
    Error err = {0};
    int gate[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(gate), 0);
    pid = fork();
    if (pid == 0) {
        char byte;

        (void)close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    assert_true(process_identify(pid, &child, &err));
    assert_true(process_alive(&child));
    (void)close(gate[1]);
    assert_true(process_wait_gone(&child, PATIENCE_MS)); /* nobody has waited for it yet */
    assert_false(process_identify(pid, &child, &err));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)close(gate[0]);
}

static void a_detached_process_has_a_session_no_input_and_no_other_descriptors(void **state)
{
    const char *output = scratch_path(state, "out");
    ProcessId process;
    CLEANUP(free) char *text = NULL;
    Error err = {0};
    size_t length;
    int inherited = open("/dev/null", O_RDONLY); /* not close-on-exec */

    process = start_script("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0; "
                           "cut -d' ' -f5,6 /proc/$$/stat; echo $$ $$; pwd",
                           "/usr", output);
    assert_true(process_wait_gone(&process, PATIENCE_MS));
    assert_true(file_read_all(output, 4096, &text, &length, &err));
    {
        CLEANUP(free)
        char *wanted = text_formatted("0 1 2 3 /dev/null\n%lld %lld\n%lld %lld\n/usr\n",
                                      (long long)process.pid, (long long)process.pid,
                                      (long long)process.pid, (long long)process.pid);
        assert_string_equal(text, wanted);
    }
    (void)close(inherited);
}

static void what_cannot_be_executed_is_said_at_once(void **state)
{
    const char *folder = scratch_path(state, ".");
    const char *plain = scratch_path(state, "plain");
    const char *garbage = scratch_path(state, "garbage");
    const char *lost = scratch_path(state, "lost");
    Error err = {0};
    struct {
        const char *program;
        const char *reason;
    } cases[] = {
        {"./absent",                 "does not exist"   },
        {"no-such-program-anywhere", "PATH"             },
        {"./plain",                  "permission denied"},
        {"./garbage",                "exec format error"},
        {"./lost",                   "interpreter"      },
    };

    assert_true(file_write_atomic(plain, "x", 1, 0600, &err));
    assert_true(file_write_atomic(garbage, "\177ELFxxxx", 8, 0700, &err));
    assert_true(file_write_atomic(lost, "#!/no/such/interpreter\n", 23, 0700, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *argv[] = {cases[i].program, NULL};
        const Spawn spawn = {.argv = argv, .folder = folder};
        ProcessId process;

        assert_false(process_start_detached(&spawn, &process, &err));
        assert_int_equal(err.code, ERR_PROCESS);
        if (!strstr(err.message, cases[i].reason))
            fail_msg("%s: %s", cases[i].program, err.message);
    }
}

static void a_detached_process_outlives_the_session_that_started_it(void **state)
{
    const char *pid_file = scratch_path(state, "pid");
    const char *output = scratch_path(state, "out");
    CLEANUP(free) char *script = text_formatted("echo $$ > %s; exec sleep 300", pid_file);
    ProcessId process;
    pid_t session = fork();

    assert_non_null(script);
    if (session == 0) {
        (void)setsid();
        (void)start_script(script, "/", output);
        (void)kill(0, SIGHUP); /* as a closed terminal does */
        (void)kill(0, SIGKILL);
        _exit(0);
    }
    assert_int_equal(waitpid(session, NULL, 0), session);
    process = wait_for_pid(pid_file);
    assert_true(process_alive(&process));
    assert_false(process_descends_from(process.pid, process_own_pid()));
    end(&process);
}

static void a_tree_is_killed_with_a_grandchild_in_its_own_session(void **state)
{
    const char *pid_file = scratch_path(state, "pid");
    CLEANUP(free)
    char *script = text_formatted(
        "trap '' TERM; (setsid sh -c 'trap \"\" TERM; sleep 300 & echo $$ > %s; wait'); true",
        pid_file);
    ProcessId root;
    ProcessId grandchild;
    Error err = {0};

    assert_non_null(script);
    root = start_script(script, "/", NULL);
    grandchild = wait_for_pid(pid_file);
    assert_true(process_descends_from(grandchild.pid, root.pid));
    assert_true(process_count_descendants(root.pid) >= 2);
    assert_true(process_ask_to_stop(&root, &err)); /* it does not listen */
    assert_false(process_wait_gone(&root, 50));
    assert_true(process_kill_tree(&root, &err));
    assert_true(process_wait_gone(&root, PATIENCE_MS));
    assert_true(process_wait_gone(&grandchild, PATIENCE_MS));
    assert_true(process_kill_tree(&root, &err)); /* gone already is success */
}

static void a_run_tells_status_signal_and_the_last_output(void **state)
{
    const char *well[] = {"sh", "-c", "echo out; echo problem >&2; exit 3", NULL};
    const char *killed[] = {"/bin/sh", "-c", "kill -9 $$", NULL};
    const char *much[] = {"/bin/sh", "-c", "seq 1 100000", NULL};
    ProcessResult result;
    Error err = {0};

    (void)state;
    assert_true(process_run(&(Spawn){.argv = well}, PATIENCE_MS, &result, &err));
    assert_int_equal(result.exit_status, 3);
    assert_int_equal(result.signal, 0);
    assert_string_equal(result.output, "out\nproblem\n");
    assert_true(process_run(&(Spawn){.argv = killed}, PATIENCE_MS, &result, &err));
    assert_int_equal(result.exit_status, -1);
    assert_int_equal(result.signal, SIGKILL);
    assert_true(process_run(&(Spawn){.argv = much}, PATIENCE_MS, &result, &err));
    assert_int_equal(strlen(result.output), sizeof result.output - 1);
    assert_true(text_ends_with(result.output, "99999\n100000\n"));
}

static void a_run_that_takes_too_long_is_killed_with_what_it_started(void **state)
{
    const char *pid_file = scratch_path(state, "pid");
    CLEANUP(free)
    char *script = text_formatted("echo before; setsid sh -c 'echo $$ > %s; exec sleep 300' & "
                                  "while ! [ -s %s ]; do :; done; wait",
                                  pid_file, pid_file);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    ProcessResult result;
    CLEANUP(free) char *text = NULL;
    size_t length;
    Error err = {0};

    assert_true(process_run(&(Spawn){.argv = argv}, 1000, &result, &err));
    assert_true(result.timed_out);
    assert_int_equal(result.exit_status, -1);
    assert_string_equal(result.output, "before\n");
    assert_true(file_read_all(pid_file, 64, &text, &length, &err));
    {
        ProcessId child;
        int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

        while (process_identify(atoll(text), &child, &err) && clock_monotonic_ms() < deadline_ms)
            (void)clock_sleep_ms(1);
        assert_false(process_identify(atoll(text), &child, &err));
    }
}

static void a_run_ends_with_its_program_though_a_daemon_keeps_the_pipe(void **state)
{
    const char *pid_file = scratch_path(state, "pid");
    CLEANUP(free)
    char *script = text_formatted("setsid sh -c 'echo $$ > %s; exec sleep 300' & "
                                  "while ! [ -s %s ]; do :; done; exit 0",
                                  pid_file, pid_file);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    ProcessResult result;
    ProcessId daemon;
    Error err = {0};

    assert_true(process_run(&(Spawn){.argv = argv}, PATIENCE_MS, &result, &err));
    assert_false(result.timed_out);
    assert_int_equal(result.exit_status, 0);
    daemon = wait_for_pid(pid_file);
    end(&daemon);
}

static void the_listener_of_a_port_is_found(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int64_t pid = -2;
    uint16_t port = 1;
    bool listens = false;
    ProcessId own;
    Error err = {0};

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_true(process_listening_on(ntohs(address.sin_port), &pid, &err));
    assert_int_equal(pid, 0); /* bound, but does not listen */
    assert_int_equal(listen(listener, 1), 0);
    assert_true(process_listening_on(ntohs(address.sin_port), &pid, &err));
    assert_int_equal(pid, process_own_pid());
    assert_true(process_identify(pid, &own, &err));
    assert_true(process_find_listener(&own, &port, &err));
    assert_int_equal(port, ntohs(address.sin_port));
    assert_true(process_listens(&own, ntohs(address.sin_port), &listens, &err));
    assert_true(listens);
    (void)close(listener);
    assert_true(process_listens(&own, ntohs(address.sin_port), &listens, &err));
    assert_false(listens);
    assert_true(process_find_listener(&own, &port, &err));
    assert_int_equal(port, 0);
    assert_true(process_listening_on(ntohs(address.sin_port), &pid, &err));
    assert_int_equal(pid, 0);
}

static void figures_count_open_descriptors(void **state)
{
    ProcessFigures before;
    ProcessFigures after;
    ProcessId own;
    Error err = {0};
    int fd;

    (void)state;
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_true(process_figures(&own, &before, &err));
    fd = open("/dev/null", O_RDONLY);
    assert_true(process_figures(&own, &after, &err));
    (void)close(fd);
    assert_int_equal(after.handles, before.handles + 1);
    assert_true(after.resident_bytes > 100 * 1024);
    assert_int_equal(after.threads, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zombie_is_gone),
        SCRATCH_TEST(a_detached_process_has_a_session_no_input_and_no_other_descriptors),
        SCRATCH_TEST(what_cannot_be_executed_is_said_at_once),
        SCRATCH_TEST(a_detached_process_outlives_the_session_that_started_it),
        SCRATCH_TEST(a_tree_is_killed_with_a_grandchild_in_its_own_session),
        cmocka_unit_test(a_run_tells_status_signal_and_the_last_output),
        SCRATCH_TEST(a_run_that_takes_too_long_is_killed_with_what_it_started),
        SCRATCH_TEST(a_run_ends_with_its_program_though_a_daemon_keeps_the_pipe),
        cmocka_unit_test(the_listener_of_a_port_is_found),
        cmocka_unit_test(figures_count_open_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
