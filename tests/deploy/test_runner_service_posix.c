/* Tests deploy/runner/runner_service.h on any system: what is asked of the service manager, and in
 * which order. The manager is a fake, the processes are real; the true manager's part is tested
 * under Wine (tests/wine). The facts behind the cases: "Service Security and Access Rights",
 * "Service Failure Actions" of Microsoft Learn, and what administrators report of crashes during a
 * stop. */
#include "base/clock.h"
#include "base/file/file.h"
#include "deploy/runner/runner_service.h"
#include "deploy/runner/runner_supervise.h"
#include "deploy/runner/service_slot.h"
#include "tests/base/scratch_posix.h"
#include "tests/deploy/fake_services.h"

#include <signal.h>
#include <stdlib.h>

enum { PATIENCE_MS = 20000, SHORT_MS = 50 };

typedef struct Served {
    Settings settings;
    const char *argv[3];
    InstanceSpec spec;
} Served;

static const char *const environment[] = {"GREETING=hidden-word", NULL};

/* The service is a script in its release's folder. */
static void prepare(void **state, const char *script, Served *out)
{
    CLEANUP(free) char *text = text_formatted("#!/bin/sh\n%s\n", script);
    const char *folder = scratch_path(state, "1.0.0");
    const char *program = scratch_path(state, "1.0.0/shop");
    Error err = {0};

    assert_true(folder_create(folder, &err));
    assert_true(file_write_atomic(program, text, strlen(text), 0700, &err));
    *out = (Served){
        .argv = {"./shop", "--port=18081", NULL}
    };
    out->spec = (InstanceSpec){
        .place = {.app = "shop",
                  .slot = "blue",
                  .run_folder = scratch_path(state, "run"),
                  .log_folder = scratch_path(state, "logs")},
        .release = "1.0.0",
        .instance = "i1",
        .command = out->argv,
        .environment = environment,
        .folder = folder,
        .stop_timeout_ms = PATIENCE_MS,
        .restart_delay_ms = 60000,
        .restart_times = 3,
        .restart_reset_ms = 86400000,
        .port = 18081,
        .engine = "embedded",
        .settings = &out->settings
    };
    out->settings.service.windows.delayed_start = true;
    assert_int_equal(setenv("GODEPLOY_LIBEXEC", GODEPLOY_BIN, 1), 0);
}

static InstanceState start(Served *served)
{
    InstanceState out = {0};
    Error err = {0};

    if (!runner_service.start(&served->spec, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static InstanceState look(const Served *served)
{
    InstanceState out = {0};
    Error err = {0};

    if (!runner_service.look(&served->spec.place, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static void mark_good(const Served *served)
{
    Error err = {0};

    if (!runner_service.mark_good(&served->spec.place, &err))
        fail_msg("%s", err.message);
}

static StopReport stop(const Served *served, int64_t timeout_ms)
{
    StopReport report = {0};
    Error err = {0};

    if (!runner_service.stop(&served->spec.place, timeout_ms, &report, &err))
        fail_msg("%s", err.message);
    return report;
}

static void assert_log_has(const char *words)
{
    if (!strstr(text_chars(&fake_services.log), words))
        fail_msg("\"%s\" is not in \"%s\"", words, text_chars(&fake_services.log));
}

static void forget_log(void)
{
    text_clear(&fake_services.log);
}

static void wait_until_gone(const ProcessId *process)
{
    assert_true(process_wait_gone(process, PATIENCE_MS));
}

/* Also after a failure nothing of a test goes on. */
static int end(void **state)
{
    Error ignored = {0};

    for (size_t i = 0; i < 2; i++)
        if (fake_services.all[i].process.pid) {
            (void)process_kill_tree(&fake_services.all[i].process, &ignored);
            (void)process_wait_gone(&fake_services.all[i].process, PATIENCE_MS);
        }
    fake_services_free();
    return scratch_remove(state);
}

#define SERVICE_TEST(test) cmocka_unit_test_setup_teardown(test, scratch_make, end)

#define UNTIL_TOLD "trap 'exit 0' TERM; while :; do sleep 0.01; done"
#define DEAF       "trap '' TERM; : >\"${0%/*}/deaf\"; while :; do sleep 0.01; done"

/* Asked to stop before its trap is set it would end, and be no example any more. */
static void wait_until_deaf(void **state)
{
    const char *sign = scratch_path(state, "1.0.0/deaf");
    const int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!file_exists(sign)) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        (void)clock_sleep_ms(2);
    }
}

/* ---- a console program ---- */

static void a_console_program_runs_under_the_supervisor_that_is_the_service(void **state)
{
    const FakeService *service = &fake_services.all[0];
    Served served;
    InstanceState running;

    prepare(state, UNTIL_TOLD, &served);
    running = start(&served);

    assert_string_equal(service->name, "godeploy-shop-blue");
    assert_true(text_ends_with(service->command.items[0], "godeploy-supervise"));
    assert_true(text_ends_with(service->command.items[1], "run/blue.spec.json"));
    assert_string_equal(service->command.items[2], "--service");
    assert_string_equal(service->command.items[3], "godeploy-shop-blue");
    assert_true(process_same(&running.supervisor, &service->process));
    assert_true(process_descends_from(running.process.pid, service->process.pid));
    assert_int_equal(look(&served).state, INSTANCE_RUNNING);
    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GRACEFUL);
    wait_until_gone(&running.process);
    assert_int_equal(look(&served).state, INSTANCE_STOPPED);
    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GONE);
}

static void what_the_instance_is_given_lies_where_only_its_service_reads(void **state)
{
    Served served;
    CLEANUP(free) char *spec = NULL;
    CLEANUP(free) char *given = NULL;
    size_t length;
    Error err = {0};

    prepare(state, UNTIL_TOLD, &served);
    (void)start(&served);

    assert_log_has("keep for blue, ");
    assert_false(fake_services.private_late);
    assert_true(file_read_all(scratch_path(state, "run/blue.private/environment.json"), 4096,
                              &given, &length, &err));
    assert_non_null(strstr(given, "GREETING=hidden-word"));
    assert_true(
        file_read_all(scratch_path(state, "run/blue.spec.json"), 65536, &spec, &length, &err));
    assert_null(strstr(spec, "hidden-word"));
    for (size_t i = 0; i < fake_services.all[0].command.count; i++)
        assert_null(strstr(fake_services.all[0].command.items[i], "hidden-word"));
}

static void its_service_alone_is_let_into_the_folders_it_needs(void **state)
{
    Served served;
    Error err = {0};

    prepare(state, UNTIL_TOLD, &served);
    assert_true(text_list_add(&served.settings.service.windows.data, "/srv/shop-data", &err));
    (void)start(&served);

    assert_log_has("read godeploy-supervise blue, read 1.0.0 blue, change logs blue, "
                   "change run blue, change shop-data blue, make blue, ");
    text_list_free(&served.settings.service.windows.data);
}

/* A service that is deleted is only marked, and its name is lost while anybody looks at it. */
static void the_next_release_re_points_the_service_and_makes_no_other(void **state)
{
    Served served;

    prepare(state, UNTIL_TOLD, &served);
    (void)start(&served);
    (void)stop(&served, PATIENCE_MS);
    forget_log();
    served.spec.release = "2.0.0";
    served.spec.instance = "i2";
    (void)start(&served);

    assert_log_has("re-point blue, start blue, ");
    assert_non_null(strstr(fake_services.all[0].release_words, "Release 2.0.0"));
    assert_string_equal(look(&served).release, "2.0.0");
}

static void on_trial_nobody_starts_it_again_and_a_good_one_comes_back_with_the_host(void **state)
{
    const FakeService *service = &fake_services.all[0];
    Served served;

    prepare(state, UNTIL_TOLD, &served);
    (void)start(&served);
    assert_int_equal(service->start, SERVICE_STARTS_ON_DEMAND);
    assert_int_equal(service->ladder_times, 0);

    mark_good(&served);
    assert_int_equal(service->start, SERVICE_STARTS_LATER_AT_BOOT);
    assert_int_equal(service->ladder_times, 3);
    assert_false(file_exists(scratch_path(state, "run/blue.state.json.trial")));

    (void)stop(&served, PATIENCE_MS);
    assert_int_equal(service->start, SERVICE_STARTS_ON_DEMAND);
}

static void without_delayed_start_it_starts_at_boot_with_the_others(void **state)
{
    Served served;

    prepare(state, UNTIL_TOLD, &served);
    served.settings.service.windows.delayed_start = false;
    (void)start(&served);
    mark_good(&served);

    assert_int_equal(fake_services.all[0].start, SERVICE_STARTS_AT_BOOT);
}

/* The service manager starts the supervisor again, on its own: the program went on meanwhile. */
static void a_program_whose_supervisor_was_killed_is_adopted_and_armed_again(void **state)
{
    Served served;
    InstanceState running, adopted;
    Error err = {0};

    prepare(state, UNTIL_TOLD, &served);
    running = start(&served);
    mark_good(&served);
    assert_int_equal(kill((pid_t)running.supervisor.pid, SIGKILL), 0);
    wait_until_gone(&running.supervisor);
    assert_int_equal(look(&served).state, INSTANCE_ORPHANED);

    if (!runner_service.adopt(&served.spec, &adopted, &err))
        fail_msg("%s", err.message);
    assert_true(process_same(&adopted.process, &running.process));
    assert_int_equal(fake_services.all[0].ladder_times, 3);
    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GRACEFUL);
    wait_until_gone(&running.process);
}

/* ---- a native service ---- */

static void prepare_native(void **state, const char *script, Served *out)
{
    prepare(state, script, out);
    out->settings.service.windows.native = true;
}

static void a_native_service_is_started_by_the_manager_with_its_own_arguments(void **state)
{
    const FakeService *service = &fake_services.all[0];
    Served served;
    InstanceState running;

    prepare_native(state, UNTIL_TOLD, &served);
    running = start(&served);

    assert_string_equal(service->command.items[0], scratch_path(state, "1.0.0/shop"));
    assert_string_equal(service->command.items[1], "--port=18081");
    assert_int_equal(service->command.count, 2);
    assert_true(process_same(&running.process, &service->process));
    assert_string_equal(look(&served).release, "1.0.0");
    assert_string_equal(look(&served).instance, "i1");
    assert_int_equal(start(&served).process.pid, running.process.pid);
    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_int_equal(look(&served).state, INSTANCE_STOPPED);
}

/* Else the manager takes the kill for a crash, and a minute later starts the old release again, on
 * a port that the next one has by then. */
static void the_ladder_is_off_before_anything_is_killed_and_on_again_after_it(void **state)
{
    Served served;
    InstanceState running;

    prepare_native(state, DEAF, &served);
    running = start(&served);
    wait_until_deaf(state);
    mark_good(&served);
    forget_log();
    assert_int_equal(stop(&served, SHORT_MS).how, STOP_FORCED);

    wait_until_gone(&running.process);
    assert_string_equal(text_chars(&fake_services.log),
                        "ladder off blue, demand blue, ask blue, ladder on blue, ");
}

static void a_service_that_hears_stop_and_does_nothing_is_killed(void **state)
{
    Served served;

    prepare_native(state, UNTIL_TOLD, &served);
    (void)start(&served);
    fake_services.deaf = true;

    assert_int_equal(stop(&served, SHORT_MS).how, STOP_FORCED);
    assert_int_equal(look(&served).state, INSTANCE_STOPPED);
}

/* START_PENDING takes no control (1061). */
static void a_service_that_takes_no_control_yet_is_asked_again(void **state)
{
    Served served;

    prepare_native(state, UNTIL_TOLD, &served);
    (void)start(&served);
    fake_services.refusals = 2;

    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_log_has("refuse blue, refuse blue, ask blue, ");
}

static void a_process_that_is_gone_is_gone_whatever_the_manager_says(void **state)
{
    Served served;
    InstanceState running, seen;

    prepare_native(state, UNTIL_TOLD, &served);
    running = start(&served);
    fake_services.keeps_dead = true;
    assert_int_equal(kill((pid_t)running.process.pid, SIGKILL), 0);
    wait_until_gone(&running.process);

    seen = look(&served);
    assert_int_equal(seen.state, INSTANCE_STOPPED);
    assert_non_null(strstr(seen.last_exit, "its process is gone"));
}

static void another_process_than_the_first_is_a_restart(void **state)
{
    Served served;
    InstanceState running;
    Error err = {0};

    prepare_native(state, UNTIL_TOLD, &served);
    running = start(&served);
    assert_int_equal(look(&served).restarts, 0);
    assert_int_equal(kill((pid_t)running.process.pid, SIGKILL), 0);
    wait_until_gone(&running.process);
    assert_true(service_start("godeploy-shop-blue", &err)); /* as the ladder does */

    assert_int_equal(look(&served).state, INSTANCE_RUNNING);
    assert_int_equal(look(&served).restarts, 1);
}

/* ERROR_SERVICE_NEVER_STARTED: the host was started since, and this one was not. */
static void what_was_not_started_since_the_host_was_is_absent(void **state)
{
    Served served;

    prepare_native(state, UNTIL_TOLD, &served);
    (void)start(&served);
    (void)stop(&served, PATIENCE_MS);
    fake_services.all[0].exit_code = 1077;

    assert_int_equal(look(&served).state, INSTANCE_ABSENT);
}

static void one_that_ends_at_once_says_how(void **state)
{
    Served served;
    InstanceState out = {0};
    Error err = {0};

    prepare_native(state, UNTIL_TOLD, &served);
    fake_services.ends_at_once = true;
    fake_services.all[0].exit_code = 1067; /* ERROR_PROCESS_ABORTED */

    assert_false(runner_service.start(&served.spec, &out, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(
        strstr(err.message, "service godeploy-shop-blue ended at once: without a word"));
    assert_int_equal(fake_services.all[0].ladder_times, 0);
}

/* ---- a slot that goes from runner to runner (deploy/runner/holder.h) ---- */

/* Both have a godeploy-supervise with the same files there. */
static void what_a_service_keeps_is_not_taken_for_what_supervise_keeps(void **state)
{
    Served served;
    InstanceState seen = {.state = INSTANCE_RUNNING};
    Error err = {0};

    prepare(state, UNTIL_TOLD, &served);
    (void)start(&served);

    assert_true(runner_supervise.look(&served.spec.place, &seen, &err));
    assert_int_equal(seen.state, INSTANCE_ABSENT);
    assert_false(runner_supervise.remembers(&served.spec.place));
    assert_true(runner_service.remembers(&served.spec.place));
}

static void a_slot_that_is_forgotten_is_supervises_and_its_service_starts_no_more(void **state)
{
    const InstancePlace *place;
    Served served;
    InstanceState seen = {0}, out = {0};
    Error err = {0};

    prepare(state, UNTIL_TOLD, &served);
    place = &served.spec.place;
    (void)start(&served);
    mark_good(&served);
    (void)stop(&served, PATIENCE_MS);
    if (!runner_service.forget(place, &err) || !runner_supervise.start(&served.spec, &out, &err) ||
        !runner_supervise.look(place, &seen, &err) ||
        !runner_supervise.stop(place, PATIENCE_MS, NULL, &err))
        fail_msg("%s", err.message);

    assert_int_equal(seen.state, INSTANCE_RUNNING);
    assert_false(runner_service.remembers(place));
    assert_int_equal(look(&served).state, INSTANCE_ABSENT);
    assert_int_equal(fake_services.all[0].start, SERVICE_STARTS_ON_DEMAND);
    assert_int_equal(fake_services.all[0].ladder_times, 0);
    assert_false(file_exists(scratch_path(state, "run/blue.private/environment.json")));
}

/* ---- whatever it is ---- */

static void a_slot_that_was_never_used_is_left_alone(void **state)
{
    Served served;

    prepare(state, UNTIL_TOLD, &served);
    assert_int_equal(stop(&served, PATIENCE_MS).how, STOP_GONE);
    assert_int_equal(look(&served).state, INSTANCE_ABSENT);
    assert_string_equal(text_chars(&fake_services.log), "");
}

/* Somebody started it by hand: to re-point it now would say nothing about what runs. */
static void a_service_that_runs_already_is_not_re_pointed(void **state)
{
    Served served;
    InstanceState out = {0};
    Error err = {0};

    prepare_native(state, UNTIL_TOLD, &served);
    (void)start(&served);
    served.spec.instance = "i2";

    assert_false(runner_service.start(&served.spec, &out, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "service godeploy-shop-blue runs already"));
}

/* A flip writes rules that only that service reads. */
static void where_portproxy_holds_the_port_it_needs_iphlpsvc(void **state)
{
    Served served;

    prepare(state, UNTIL_TOLD, &served);
    (void)start(&served);
    assert_string_equal(fake_services.all[0].depends_on, "");
    (void)stop(&served, PATIENCE_MS);
    served.spec.engine = "portproxy";
    (void)start(&served);

    assert_string_equal(fake_services.all[0].depends_on, "iphlpsvc");
}

/* Windows refuses none of these when a service is made; what cannot work is refused before. */
static void an_account_is_one_that_needs_no_password(void **state)
{
    static const struct {
        const char *setting;
        const char *account; /* NULL: refused; "": the virtual one */
    } cases[] = {
        {NULL,                            ""                            },
        {"LocalService",                  "NT AUTHORITY\\LocalService"  },
        {"NT AUTHORITY\\LocalService",    "NT AUTHORITY\\LocalService"  },
        {"networkservice",                "NT AUTHORITY\\NetworkService"},
        {"LocalSystem",                   "LocalSystem"                 },
        {"EXAMPLE\\shop$",                "EXAMPLE\\shop$"              },
        {"EXAMPLE\\alice",                NULL                          },
        {"alice",                         NULL                          },
        {"shop$",                         NULL                          },
        {"NT SERVICE\\shop-api",          NULL                          },
        {"NT AUTHORITY\\ANONYMOUS LOGON", NULL                          },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free) char *account = NULL;
        Error err = {0};
        bool taken = service_slot_account(cases[i].setting, &account, &err);

        assert_int_equal(taken, cases[i].account != NULL);
        if (!taken)
            assert_int_equal(err.code, ERR_SETTINGS);
        else
            assert_string_equal(account ? account : "", cases[i].account);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_console_program_runs_under_the_supervisor_that_is_the_service),
        SERVICE_TEST(what_the_instance_is_given_lies_where_only_its_service_reads),
        SERVICE_TEST(its_service_alone_is_let_into_the_folders_it_needs),
        SERVICE_TEST(the_next_release_re_points_the_service_and_makes_no_other),
        SERVICE_TEST(on_trial_nobody_starts_it_again_and_a_good_one_comes_back_with_the_host),
        SERVICE_TEST(without_delayed_start_it_starts_at_boot_with_the_others),
        SERVICE_TEST(a_program_whose_supervisor_was_killed_is_adopted_and_armed_again),
        SERVICE_TEST(a_native_service_is_started_by_the_manager_with_its_own_arguments),
        SERVICE_TEST(the_ladder_is_off_before_anything_is_killed_and_on_again_after_it),
        SERVICE_TEST(a_service_that_hears_stop_and_does_nothing_is_killed),
        SERVICE_TEST(a_service_that_takes_no_control_yet_is_asked_again),
        SERVICE_TEST(a_process_that_is_gone_is_gone_whatever_the_manager_says),
        SERVICE_TEST(another_process_than_the_first_is_a_restart),
        SERVICE_TEST(what_was_not_started_since_the_host_was_is_absent),
        SERVICE_TEST(one_that_ends_at_once_says_how),
        SERVICE_TEST(what_a_service_keeps_is_not_taken_for_what_supervise_keeps),
        SERVICE_TEST(a_slot_that_is_forgotten_is_supervises_and_its_service_starts_no_more),
        SERVICE_TEST(a_slot_that_was_never_used_is_left_alone),
        SERVICE_TEST(a_service_that_runs_already_is_not_re_pointed),
        SERVICE_TEST(where_portproxy_holds_the_port_it_needs_iphlpsvc),
        cmocka_unit_test(an_account_is_one_that_needs_no_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
