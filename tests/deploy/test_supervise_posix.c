/* Tests deploy/runner/runner.h and godeploy-supervise together, with real processes: shell scripts
 * are the services. */
#include "base/clock.h"
#include "deploy/runner/instance_record.h"
#include "deploy/runner/runner_log.h"
#include "deploy/supervise/ladder.h"
#include "tests/base/scratch_posix.h"
#include "tests/support/environment.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

enum { PATIENCE_MS = 20000 };

typedef struct Slotted {
    const char *argv[4];
    InstanceSpec spec;
    const Runner *runner;
    const char *run_folder;
} Slotted;

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "SECRET=hidden-word",
                                          NULL};

static void prepare(void **state, const char *script, Slotted *out)
{
    Error err = {0};
    const char *root = ((Scratch *)*state)->folder;

    *out = (Slotted){
        .argv = {"/bin/sh", "-c", script, NULL},
          .run_folder = scratch_path(state, "run")
    };
    out->spec = (InstanceSpec){
        .place = {.app = "shop",
                  .slot = "blue",
                  .run_folder = out->run_folder,
                  .log_folder = scratch_path(state, "logs")},
        .release = "1.0.0",
        .instance = "i1",
        .command = out->argv,
        .environment = environment,
        .folder = root,
        .stop_timeout_ms = PATIENCE_MS,
        .restart_delay_ms = 1,
        .restart_times = 2,
        .restart_reset_ms = 3600000,
        .port = 18081
    };
    assert_true(environment_set("GODEPLOY_LIBEXEC", GODEPLOY_BIN));
    assert_true(runner_find("supervise", &out->runner, &err));
}

static InstanceState start(Slotted *slotted)
{
    InstanceState out = {0};
    Error err = {0};

    if (!slotted->runner->start(&slotted->spec, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static InstanceState look(const Slotted *slotted)
{
    InstanceState out = {0};
    Error err = {0};

    if (!slotted->runner->look(&slotted->spec.place, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static InstanceState wait_for(const Slotted *slotted, InstanceCondition wanted)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    InstanceState out = look(slotted);

    while (out.state != wanted && clock_monotonic_ms() < deadline_ms) {
        (void)clock_sleep_ms(2);
        out = look(slotted);
    }
    assert_int_equal(out.state, wanted);
    return out;
}

static StopReport stop(const Slotted *slotted, int64_t timeout_ms)
{
    StopReport report = {0};
    Error err = {0};

    if (!slotted->runner->stop(&slotted->spec.place, timeout_ms, &report, &err))
        fail_msg("%s", err.message);
    return report;
}

static void mark_good(const Slotted *slotted)
{
    Error err = {0};

    assert_true(slotted->runner->mark_good(&slotted->spec.place, &err));
}

static void wait_for_file(const char *path)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!file_exists(path) && clock_monotonic_ms() < deadline_ms)
        (void)clock_sleep_ms(1);
    assert_true(file_exists(path));
}

/* The pid that a script wrote with `echo $$ > name.new && mv name.new name`. */
static ProcessId process_in(const char *path)
{
    CLEANUP(free) char *text = NULL;
    ProcessId process = {0};
    size_t length;
    Error err = {0};

    wait_for_file(path);
    assert_true(file_read_all(path, 64, &text, &length, &err));
    if (!process_identify(atoll(text), &process, &err))
        fail_msg("%s", err.message);
    return process;
}

static void kill_supervisor(const InstanceState *state)
{
    assert_int_equal(kill((pid_t)state->supervisor.pid, SIGKILL), 0);
    assert_true(process_wait_gone(&state->supervisor, PATIENCE_MS));
}

/* Also after a failure nothing of a test goes on. */
static int stop_and_remove(void **state)
{
    const InstancePlace place = {.app = "shop",
                                 .slot = "blue",
                                 .run_folder = scratch_path(state, "run"),
                                 .log_folder = scratch_path(state, "logs")};
    const Runner *runner;
    Error err = {0};
    bool stopped = runner_find("supervise", &runner, &err) && runner->stop(&place, 0, NULL, &err);

    return scratch_remove(state) == 0 && stopped ? 0 : -1;
}

#define RUNNER_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, stop_and_remove)

/* ---- starting ---- */

static void an_instance_starts_runs_and_stops_gracefully(void **state)
{
    Slotted slotted;
    InstanceState running;
    StopReport report;

    prepare(state, "trap 'echo bye; exit 0' TERM; : > up; while :; do sleep 0.01; done", &slotted);
    assert_int_equal(look(&slotted).state, INSTANCE_ABSENT);
    running = start(&slotted);
    assert_int_equal(running.state, INSTANCE_RUNNING);
    assert_true(process_alive(&running.process));
    assert_true(process_alive(&running.supervisor));
    assert_string_equal(running.release, "1.0.0");
    assert_string_equal(running.instance, "i1");
    assert_true(process_descends_from(running.process.pid, running.supervisor.pid));
    assert_false(process_descends_from(running.supervisor.pid, process_own_pid()));
    wait_for_file(scratch_path(state, "up"));
    report = stop(&slotted, PATIENCE_MS);
    assert_int_equal(report.how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_false(process_alive(&running.supervisor));
    assert_int_equal(look(&slotted).state, INSTANCE_STOPPED);
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GONE);
}

static void starting_again_is_success_and_another_release_is_refused(void **state)
{
    Slotted slotted;
    InstanceState first;
    InstanceState again;
    Error err = {0};

    prepare(state, "exec sleep 300", &slotted);
    first = start(&slotted);
    again = start(&slotted);
    assert_true(process_same(&first.process, &again.process));
    slotted.spec.release = "2.0.0";
    assert_false(slotted.runner->start(&slotted.spec, &again, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "1.0.0"));
    assert_true(process_alive(&first.process));
    (void)stop(&slotted, PATIENCE_MS);
}

static void what_ends_at_once_is_not_restarted_and_its_last_lines_are_shown(void **state)
{
    Slotted slotted;
    InstanceState ended;
    Error err = {0};

    prepare(state, "echo from an earlier run", &slotted);
    (void)slotted.runner->start(&slotted.spec, &ended, &err); /* it may have ended already */
    (void)wait_for(&slotted, INSTANCE_STOPPED);
    slotted.argv[2] = "echo first; printf 'cannot open \\033[2Jdatabase\\n' >&2; exit 3";
    err = (Error){0};
    if (slotted.runner->start(&slotted.spec, &ended, &err)) {
        ended = wait_for(&slotted, INSTANCE_STOPPED);
        assert_string_equal(ended.last_exit, "exit status 3");
        assert_int_equal(ended.restarts, 0);
        assert_false(runner_report_end(slotted.runner, &slotted.spec.place, &ended, &err));
    }
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "exit status 3"));
    assert_non_null(strstr(err.message, "first\ncannot open ?[2Jdatabase"));
    assert_null(strstr(err.message, "earlier run"));
}

static void a_program_that_cannot_be_executed_fails_the_start_with_its_reason(void **state)
{
    Slotted slotted;
    InstanceState out;
    Error err = {0};

    prepare(state, "", &slotted);
    slotted.argv[0] = "./absent";
    assert_false(slotted.runner->start(&slotted.spec, &out, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "the file does not exist"));
    assert_int_equal(look(&slotted).state, INSTANCE_STOPPED);
}

static void the_environment_reaches_the_instance_and_never_the_disk(void **state)
{
    Slotted slotted;
    TextList files = {0};
    Error err = {0};

    prepare(state, "test ${#SECRET} = 11 && : > right; exec sleep 300", &slotted);
    (void)start(&slotted);
    wait_for_file(scratch_path(state, "right"));
    assert_true(folder_list(slotted.run_folder, &files, &err));
    assert_true(files.count >= 2);
    for (size_t i = 0; i < files.count; i++) {
        CLEANUP(free) char *path = path_join(slotted.run_folder, files.items[i]);
        CLEANUP(free) char *text = NULL;
        size_t length;

        assert_true(file_read_all(path, 65536, &text, &length, &err));
        assert_null(strstr(text, "hidden-word"));
    }
    text_list_free(&files);
    (void)stop(&slotted, PATIENCE_MS);
}

/* ---- restarts ---- */

static void the_ladder_ends_and_begins_anew_after_its_reset(void **state)
{
    const LadderRules rules = {.delay_ms = 1, .times = 2, .reset_ms = 100};
    const LadderRules never = {.times = 0, .reset_ms = 100};
    Ladder ladder = {0};

    (void)state;
    assert_true(ladder_step(&ladder, &rules, 1000));
    assert_true(ladder_step(&ladder, &rules, 1050));
    assert_false(ladder_step(&ladder, &rules, 1060));
    assert_false(ladder_step(&ladder, &rules, 1100));
    assert_true(ladder_step(&ladder, &rules, 1101)); /* the first is too old to count */
    assert_false(ladder_step(&ladder, &rules, 1102));
    assert_false(ladder_step(&(Ladder){0}, &never, 1));
}

static void a_good_release_is_restarted_until_the_ladder_ends(void **state)
{
    Slotted slotted;
    InstanceState over;

    prepare(state, "echo begin; while ! [ -e go ]; do sleep 0.01; done; kill -9 $$", &slotted);
    (void)start(&slotted);
    mark_good(&slotted);
    {
        Error err = {0};

        assert_true(file_write_atomic(scratch_path(state, "go"), "", 0, 0600, &err));
    }
    over = wait_for(&slotted, INSTANCE_GAVE_UP);
    assert_int_equal(over.restarts, 2);
    assert_string_equal(over.last_exit, "signal 9 (killed)");
    assert_true(process_alive(&over.supervisor));
    {
        CLEANUP(free) char *log = NULL;
        size_t length;
        Error err = {0};

        assert_true(file_read_all(scratch_path(state, "logs/blue.log"), 4096, &log, &length, &err));
        assert_string_equal(log, "begin\nbegin\nbegin\n");
    }
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GONE);
    assert_false(process_alive(&over.supervisor));
}

static void an_instance_that_waits_for_its_restart_can_be_stopped(void **state)
{
    Slotted slotted;

    prepare(state, "while ! [ -e go ]; do sleep 0.01; done", &slotted);
    slotted.spec.restart_delay_ms = 600000;
    (void)start(&slotted);
    mark_good(&slotted);
    {
        Error err = {0};

        assert_true(file_write_atomic(scratch_path(state, "go"), "", 0, 0600, &err));
    }
    (void)wait_for(&slotted, INSTANCE_WAITING);
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GONE);
    assert_int_equal(look(&slotted).state, INSTANCE_STOPPED);
}

/* ---- stopping ---- */

static void one_that_does_not_listen_is_killed_with_its_daemonised_grandchild(void **state)
{
    Slotted slotted;
    InstanceState running;
    ProcessId grandchild;
    StopReport report;

    prepare(state,
            "trap '' TERM; (setsid sh -c 'echo $$ > g.new; mv g.new g; exec sleep 300' &) ; "
            "while :; do sleep 0.01; done",
            &slotted);
    running = start(&slotted);
    grandchild = process_in(scratch_path(state, "g"));
    report = stop(&slotted, 100);
    assert_int_equal(report.how, STOP_FORCED);
    assert_true(report.took_ms >= 100);
    assert_false(process_alive(&running.process));
    assert_true(process_wait_gone(&grandchild, PATIENCE_MS));
}

static void what_an_ended_instance_left_behind_is_ended_too(void **state)
{
    Slotted slotted;
    ProcessId grandchild;

    prepare(state,
            "(setsid sh -c 'echo $$ > g.new; mv g.new g; exec sleep 300' &) ; "
            "while ! [ -e go ]; do sleep 0.01; done",
            &slotted);
    (void)start(&slotted);
    grandchild = process_in(scratch_path(state, "g"));
    {
        Error err = {0};

        assert_true(file_write_atomic(scratch_path(state, "go"), "", 0, 0600, &err));
    }
    (void)wait_for(&slotted, INSTANCE_STOPPED);
    assert_true(process_wait_gone(&grandchild, PATIENCE_MS));
}

/* ---- without its supervisor ---- */

static void a_killed_supervisor_leaves_the_instance_running_and_stoppable(void **state)
{
    Slotted slotted;
    InstanceState running;
    InstanceState orphaned;

    prepare(state, "trap 'exit 0' TERM; : > up; while :; do echo still writing; sleep 0.001; done",
            &slotted);
    running = start(&slotted);
    wait_for_file(scratch_path(state, "up"));
    kill_supervisor(&running);
    orphaned = look(&slotted);
    assert_int_equal(orphaned.state, INSTANCE_ORPHANED);
    assert_true(process_same(&orphaned.process, &running.process));
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_int_equal(look(&slotted).state, INSTANCE_STOPPED);
}

static void an_orphan_that_does_not_listen_is_killed(void **state)
{
    Slotted slotted;
    InstanceState running;

    prepare(state, "trap '' TERM; : > up; while :; do sleep 0.01; done", &slotted);
    running = start(&slotted);
    wait_for_file(scratch_path(state, "up"));
    kill_supervisor(&running);
    assert_int_equal(stop(&slotted, 50).how, STOP_FORCED);
    assert_false(process_alive(&running.process));
}

static void an_orphan_is_adopted_untouched_and_restarted_when_it_ends(void **state)
{
    Slotted slotted;
    InstanceState first;
    InstanceState adopted;
    InstanceState restarted;
    Error err = {0};
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    prepare(state, "exec sleep 300", &slotted);
    first = start(&slotted);
    mark_good(&slotted);
    kill_supervisor(&first);
    assert_true(slotted.runner->adopt(&slotted.spec, &adopted, &err));
    assert_int_equal(adopted.state, INSTANCE_RUNNING);
    assert_true(process_same(&adopted.process, &first.process));
    assert_false(process_same(&adopted.supervisor, &first.supervisor));
    assert_true(slotted.runner->adopt(&slotted.spec, &adopted, &err)); /* it has one: success */
    assert_int_equal(kill((pid_t)first.process.pid, SIGKILL), 0);
    do {
        restarted = look(&slotted);
    } while ((restarted.restarts == 0 || restarted.state != INSTANCE_RUNNING) &&
             clock_monotonic_ms() < deadline_ms && clock_sleep_ms(2));
    assert_int_equal(restarted.restarts, 1);
    assert_false(process_same(&restarted.process, &first.process));
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&restarted.process));
}

static void an_adopted_instance_is_stopped_by_its_new_supervisor(void **state)
{
    Slotted slotted;
    InstanceState first;
    InstanceState adopted;
    Error err = {0};

    prepare(state, "trap '' TERM; : > up; while :; do sleep 0.01; done", &slotted);
    first = start(&slotted);
    wait_for_file(scratch_path(state, "up"));
    kill_supervisor(&first);
    assert_true(slotted.runner->adopt(&slotted.spec, &adopted, &err));
    assert_int_equal(stop(&slotted, 50).how, STOP_FORCED);
    assert_false(process_alive(&first.process));
    assert_false(process_alive(&adopted.supervisor));
}

static void nothing_to_adopt_is_an_error(void **state)
{
    Slotted slotted;
    InstanceState out;
    Error err = {0};

    prepare(state, "exec sleep 300", &slotted);
    assert_false(slotted.runner->adopt(&slotted.spec, &out, &err));
    assert_int_equal(err.code, ERR_START);
}

static void after_a_reboot_a_running_instance_is_absent(void **state)
{
    static const char written[] =
        "{\"release\":\"1.0.0\",\"instance_id\":\"i1\",\"state\":\"running\","
        "\"supervisor\":{\"pid\":1,\"stamp\":\"00000000000000aa\"},"
        "\"instance\":{\"pid\":1,\"stamp\":\"00000000000000ab\"}}";
    Slotted slotted;
    Error err = {0};

    prepare(state, "exec sleep 300", &slotted);
    assert_true(folder_create(slotted.run_folder, &err));
    assert_true(file_write_atomic(scratch_path(state, "run/blue.state.json"), written,
                                  sizeof written - 1, 0600, &err));
    assert_int_equal(look(&slotted).state, INSTANCE_ABSENT);
    assert_int_equal(stop(&slotted, PATIENCE_MS).how, STOP_GONE);
}

/* ---- the rest ---- */

static void the_log_is_rolled_while_the_instance_writes(void **state)
{
    Slotted slotted;

    prepare(state,
            "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done; : > done; "
            "exec sleep 300",
            &slotted);
    slotted.spec.log_size = 50000;
    slotted.spec.log_files = 3;
    (void)start(&slotted);
    wait_for_file(scratch_path(state, "done"));
    wait_for_file(scratch_path(state, "logs/blue.log.1"));
    {
        CLEANUP_TEXT Text lines = {0};
        Error err = {0};

        assert_true(slotted.runner->last_lines(&slotted.spec.place, 2, &lines, NULL, &err));
        if (lines.length > 0) /* empty where the file system could not cut, but only empty it */
            assert_string_equal(text_chars(&lines), "line 19999\nline 20000\n");
    }
    (void)stop(&slotted, PATIENCE_MS);
}

/* A follower that asked for the size once more would lose what was written in between. */
static void whoever_follows_a_log_goes_on_where_its_last_lines_ended(void **state)
{
    static const char written[] = "one\ntwo\nthr";
    const InstancePlace place = {.app = "shop",
                                 .slot = "blue",
                                 .run_folder = scratch_path(state, "run"),
                                 .log_folder = scratch_path(state, "logs")};
    CLEANUP(free) char *path = runner_log_path(&place);
    CLEANUP(file_close) File *log = NULL;
    CLEANUP_TEXT Text lines = {0};
    CLEANUP_TEXT Text next = {0};
    LogPosition end = {.offset = 7};
    Error err = {0};

    assert_true(runner_log_last_lines(&place, 1, &lines, &end, &err)); /* none yet */
    assert_int_equal(end.offset, 0);
    assert_true(folder_create(place.log_folder, &err));
    assert_true(file_write_atomic(path, written, sizeof written - 1, 0600, &err));
    assert_true(runner_log_last_lines(&place, 1, &lines, &end, &err));
    assert_string_equal(text_chars(&lines), "thr");
    assert_int_equal(end.offset, sizeof written - 1);

    assert_true(file_open(path, FILE_CONTINUE, &log, &err));
    assert_true(file_write(log, "ee\nfo", 5, &err));
    assert_true(runner_log_new_lines(&place, &end, &next, &err));
    assert_string_equal(text_chars(&next), "ee\n"); /* half a line waits for its end */
    assert_true(file_write(log, "ur\n", 3, &err));
    assert_true(runner_log_new_lines(&place, &end, &next, &err));
    assert_string_equal(text_chars(&next), "ee\nfour\n");
}

static void an_unknown_runner_is_refused_with_a_hint(void **state)
{
    const Runner *runner = NULL;
    Error err = {0};

    (void)state;
    assert_false(runner_find("chroot", &runner, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_string_equal(err.message, "service.runner: there is no runner chroot");
    assert_true(err.hint[0] != '\0');
    assert_true(runner_find("supervise", &runner, &err));
    assert_string_equal(runner->name, "supervise");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNER_TEST(an_instance_starts_runs_and_stops_gracefully),
        RUNNER_TEST(starting_again_is_success_and_another_release_is_refused),
        RUNNER_TEST(what_ends_at_once_is_not_restarted_and_its_last_lines_are_shown),
        RUNNER_TEST(a_program_that_cannot_be_executed_fails_the_start_with_its_reason),
        RUNNER_TEST(the_environment_reaches_the_instance_and_never_the_disk),
        cmocka_unit_test(the_ladder_ends_and_begins_anew_after_its_reset),
        RUNNER_TEST(a_good_release_is_restarted_until_the_ladder_ends),
        RUNNER_TEST(an_instance_that_waits_for_its_restart_can_be_stopped),
        RUNNER_TEST(one_that_does_not_listen_is_killed_with_its_daemonised_grandchild),
        RUNNER_TEST(what_an_ended_instance_left_behind_is_ended_too),
        RUNNER_TEST(a_killed_supervisor_leaves_the_instance_running_and_stoppable),
        RUNNER_TEST(an_orphan_that_does_not_listen_is_killed),
        RUNNER_TEST(an_orphan_is_adopted_untouched_and_restarted_when_it_ends),
        RUNNER_TEST(an_adopted_instance_is_stopped_by_its_new_supervisor),
        RUNNER_TEST(nothing_to_adopt_is_an_error),
        RUNNER_TEST(after_a_reboot_a_running_instance_is_absent),
        RUNNER_TEST(the_log_is_rolled_while_the_instance_writes),
        RUNNER_TEST(whoever_follows_a_log_goes_on_where_its_last_lines_ended),
        cmocka_unit_test(an_unknown_runner_is_refused_with_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
