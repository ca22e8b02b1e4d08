/* Tests the runner `supervise` and godeploy-supervise together, with real processes, on every
 * system: this program in other roles is the service (tests/support/role.h). What only a shell
 * script can be is in test_supervise_posix.c. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/process/own_environment.h"
#include "deploy/runner/runner.h"
#include "deploy/runner/runner_log.h"
#include "deploy/runner/runner_supervise.h"
#include "tests/support/role.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000, PATH_SIZE = 512 };

typedef struct Scene {
    char folder[TEMPORARY_FOLDER_SIZE];
    char run_folder[PATH_SIZE], log_folder[PATH_SIZE], file[PATH_SIZE];
    Role role;
    InstanceSpec spec;
} Scene;

static int begin(void **state)
{
    static Scene scene;
    Error err = {0};

    memset(&scene, 0, sizeof scene);
    *state = &scene;
    if (!temporary_folder_make(scene.folder, "runner") ||
        !own_environment_set("GODEPLOY_LIBEXEC=" GODEPLOY_BIN, &err))
        return -1;
    (void)snprintf(scene.run_folder, PATH_SIZE, "%s/run", scene.folder);
    (void)snprintf(scene.log_folder, PATH_SIZE, "%s/logs", scene.folder);
    (void)snprintf(scene.file, PATH_SIZE, "%s/file", scene.folder);
    scene.spec = (InstanceSpec){
        .place = {.app = "shop",
                  .slot = "blue",
                  .run_folder = scene.run_folder,
                  .log_folder = scene.log_folder},
        .release = "1.0.0",
        .instance = "i1",
        .folder = scene.folder,
        .stop_timeout_ms = PATIENCE_MS,
        .restart_delay_ms = 1,
        .restart_times = 2,
        .restart_reset_ms = 3600000,
        .port = 18081
    };
    return 0;
}

/* Also after a failure nothing of a test goes on. */
static int finish(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    if (runner_supervise.stop(&scene->spec.place, 0, NULL, &err) &&
        folder_remove_tree(scene->folder, &err))
        return 0;
    print_error("%s\n", err.message);
    return -1;
}

#define RUNNER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, finish)

static void serve_as(Scene *scene, const char *role, const char *const *words)
{
    scene->spec.command = role_argv(&scene->role, role, words);
}

/* A service that stops when it is asked to, and runs already. */
static InstanceState start_listening(Scene *scene)
{
    const char *const words[] = {scene->file, NULL};
    InstanceState out = {0};
    Error err = {0};

    serve_as(scene, "listen", words);
    if (!runner_supervise.start(&scene->spec, &out, &err))
        fail_msg("%s", err.message);
    assert_int_equal(out.state, INSTANCE_RUNNING);
    role_wait_for_file(scene->file);
    return out;
}

static InstanceState look(const Scene *scene)
{
    InstanceState out = {0};
    Error err = {0};

    if (!runner_supervise.look(&scene->spec.place, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static void fail_with_the_supervisors_words(const Scene *scene, int found)
{
    char path[PATH_SIZE + 32];
    CLEANUP(free) char *words = NULL;
    size_t length;
    Error err = {0};

    (void)snprintf(path, sizeof path, "%s/supervise-blue.log", scene->log_folder);
    (void)file_read_all(path, 65536, &words, &length, &err);
    fail_msg("it came to state %d; its supervisor says:\n%s", found, words ? words : err.message);
}

static InstanceState wait_for(const Scene *scene, InstanceCondition wanted)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    InstanceState out = look(scene);

    while (out.state != wanted && clock_monotonic_ms() < deadline_ms) {
        (void)clock_sleep_ms(5);
        out = look(scene);
    }
    if (out.state != wanted)
        fail_with_the_supervisors_words(scene, out.state);
    return out;
}

/* For a moment the state may still name the one that has ended, or be without a process. */
static InstanceState wait_for_another(const Scene *scene, const ProcessId *before)
{
    InstanceState out;

    do {
        out = wait_for(scene, INSTANCE_RUNNING);
    } while (out.process.pid == 0 || process_same(&out.process, before));
    return out;
}

static StopReport stop(const Scene *scene, int64_t timeout_ms)
{
    StopReport report = {0};
    Error err = {0};

    if (!runner_supervise.stop(&scene->spec.place, timeout_ms, &report, &err))
        fail_msg("%s", err.message);
    return report;
}

static void kill_supervisor(const InstanceState *state)
{
    assert_int_equal(uv_kill((int)state->supervisor.pid, SIGKILL), 0);
    assert_true(process_wait_gone(&state->supervisor, PATIENCE_MS));
}

static void assert_last_line(const Scene *scene, const char *wanted)
{
    CLEANUP_TEXT Text lines = {0};
    Error err = {0};

    assert_true(runner_supervise.last_lines(&scene->spec.place, 1, &lines, NULL, &err));
    assert_string_equal(text_chars(&lines), wanted);
}

static void an_instance_hears_that_it_shall_stop(void **state)
{
    Scene *scene = *state;
    InstanceState running = start_listening(scene);

    assert_true(process_alive(&running.process));
    assert_true(process_descends_from(running.process.pid, running.supervisor.pid));
    assert_int_equal(stop(scene, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_false(process_alive(&running.supervisor));
    assert_int_equal(look(scene).state, INSTANCE_STOPPED);
    assert_last_line(scene, "bye\n");
    assert_int_equal(stop(scene, PATIENCE_MS).how, STOP_GONE);
}

static void a_deaf_one_is_killed_with_what_it_started(void **state)
{
    Scene *scene = *state;
    const char *const words[] = {scene->file, NULL};
    InstanceState running = {0};
    ProcessId child;
    Error err = {0};

    serve_as(scene, "deaf", words);
    assert_true(runner_supervise.start(&scene->spec, &running, &err));
    child = role_wait_for_process(scene->file);
    assert_int_equal(stop(scene, 50).how, STOP_FORCED);
    assert_false(process_alive(&running.process));
    assert_true(process_wait_gone(&child, PATIENCE_MS));
}

static void what_ends_on_trial_is_reported_with_its_status_and_last_lines(void **state)
{
    static const char *const three[] = {"3", NULL};
    Scene *scene = *state;
    InstanceState ended = {0};
    Error err = {0};

    serve_as(scene, "end", three);
    if (runner_supervise.start(&scene->spec, &ended, &err)) {
        ended = wait_for(scene, INSTANCE_STOPPED);
        assert_false(runner_report_end(&runner_supervise, &scene->spec.place, &ended, &err));
    }
    assert_int_equal(err.code, ERR_START);
    if (!strstr(err.message, "exit status 3") || !strstr(err.message, "out\nproblem"))
        fail_msg("it says: %s", err.message);
}

static void a_good_release_is_started_again_until_the_ladder_ends(void **state)
{
    Scene *scene = *state;
    InstanceState before = start_listening(scene), after;
    Error err = {0};

    assert_true(runner_supervise.mark_good(&scene->spec.place, &err));
    for (int restarts = 1; restarts <= 2; restarts++) {
        assert_true(process_kill_tree(&before.process, &err));
        after = wait_for_another(scene, &before.process);
        assert_int_equal(after.restarts, restarts);
        before = after;
    }
    assert_true(process_kill_tree(&before.process, &err));
    (void)wait_for(scene, INSTANCE_GAVE_UP);
    assert_int_equal(stop(scene, PATIENCE_MS).how, STOP_GONE);
}

static void one_without_supervisor_runs_on_and_can_be_stopped(void **state)
{
    Scene *scene = *state;
    InstanceState running = start_listening(scene);

    kill_supervisor(&running);
    assert_int_equal(look(scene).state, INSTANCE_ORPHANED);
    assert_true(process_alive(&running.process));
    assert_int_equal(stop(scene, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_last_line(scene, "bye\n");
}

static void an_adopted_one_goes_on_untouched_and_stops_by_its_new_supervisor(void **state)
{
    Scene *scene = *state;
    InstanceState first = start_listening(scene), adopted = {0};
    Error err = {0};

    kill_supervisor(&first);
    if (!runner_supervise.adopt(&scene->spec, &adopted, &err))
        fail_msg("%s", err.message);
    assert_int_equal(adopted.state, INSTANCE_RUNNING);
    assert_true(process_same(&first.process, &adopted.process));
    assert_false(process_same(&first.supervisor, &adopted.supervisor));
    assert_true(process_alive(&first.process));
    assert_int_equal(stop(scene, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&first.process));
    assert_last_line(scene, "bye\n");
}

static void an_adopted_one_that_ends_is_started_again(void **state)
{
    Scene *scene = *state;
    InstanceState first = start_listening(scene), adopted = {0}, after;
    Error err = {0};

    assert_true(runner_supervise.mark_good(&scene->spec.place, &err));
    kill_supervisor(&first);
    assert_true(runner_supervise.adopt(&scene->spec, &adopted, &err));
    assert_true(process_kill_tree(&adopted.process, &err));
    after = wait_for_another(scene, &first.process);
    assert_true(process_same(&after.supervisor, &adopted.supervisor));
}

static void the_log_is_rolled_while_it_is_written(void **state)
{
    Scene *scene = *state;
    const char *const words[] = {"20000", scene->file, NULL};
    char rolled[PATH_SIZE + 16];
    InstanceState running = {0};
    Error err = {0};

    serve_as(scene, "write", words);
    scene->spec.log_size = 50000;
    scene->spec.log_files = 3;
    assert_true(runner_supervise.start(&scene->spec, &running, &err));
    role_wait_for_file(scene->file);
    (void)snprintf(rolled, sizeof rolled, "%s/blue.log.1", scene->log_folder);
    role_wait_for_file(rolled);
    assert_true(process_alive(&running.process));
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        RUNNER_TEST(an_instance_hears_that_it_shall_stop),
        RUNNER_TEST(a_deaf_one_is_killed_with_what_it_started),
        RUNNER_TEST(what_ends_on_trial_is_reported_with_its_status_and_last_lines),
        RUNNER_TEST(a_good_release_is_started_again_until_the_ladder_ends),
        RUNNER_TEST(one_without_supervisor_runs_on_and_can_be_stopped),
        RUNNER_TEST(an_adopted_one_goes_on_untouched_and_stops_by_its_new_supervisor),
        RUNNER_TEST(an_adopted_one_that_ends_is_started_again),
        RUNNER_TEST(the_log_is_rolled_while_it_is_written),
    };
    int status;

    if (role_play(count, words, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
