/* Tests deploy/runner/runner_service.h with the service control manager of this system (or Wine's),
 * a real godeploy-supervise and real services. The services are this very program: `--console
 * FOLDER` is a console program, `--native NAME FOLDER` speaks to the manager itself. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/service/service_program.h"
#include "deploy/runner/runner_service.h"
#include "deploy/runner/service_slot.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <cmocka.h>

#include "base/wide_windows.h"

enum { PATIENCE_MS = 30000, SHORT_MS = 50, APP_SIZE = 64 };

/* ---- the services ---- */

static BOOL WINAPI on_console_event(DWORD event)
{
    if (event == CTRL_C_EVENT)
        ExitProcess(0); /* as a Go program that waits for os.Interrupt */
    return TRUE;
}

/* "deaf" in its environment: it hears nothing. */
static int run_console(const char *folder)
{
    CLEANUP(free) char *up = text_formatted("%s/up", folder);
    const char *ears = getenv("EARS");
    Error err = {0};

    if (ears && text_equal(ears, "deaf"))
        (void)SetConsoleCtrlHandler(NULL, TRUE);
    else
        (void)SetConsoleCtrlHandler(on_console_event, TRUE);
    (void)printf("here I am\n");
    (void)fflush(stdout);
    if (!up || !file_write_atomic(up, ears ? ears : "", ears ? strlen(ears) : 0, 0600, &err))
        return 1;
    Sleep(4 * PATIENCE_MS); /* a test that fails leaves it no longer than that */
    return 1;
}

typedef struct Native {
    HANDLE stopped;
    const char *folder;
} Native;

static bool run_native_work(void *context, ServiceProgram *program, Error *err)
{
    Native *native = context;

    service_program_ready(program);
    (void)err;
    return WaitForSingleObject(native->stopped, 4 * PATIENCE_MS) == WAIT_OBJECT_0;
}

static void stop_native_work(void *context)
{
    (void)SetEvent(((Native *)context)->stopped);
}

static int run_native(const char *name, const char *folder)
{
    Native native = {.stopped = CreateEventW(NULL, TRUE, FALSE, NULL), .folder = folder};
    CLEANUP(free) char *lingers = text_formatted("%s/lingers", folder);
    const ServiceWork work = {
        .name = name, .run = run_native_work, .stop = stop_native_work, .context = &native};
    Error err = {0};

    bool served = service_program_run(&work, &err);

    if (file_exists(lingers))
        Sleep(4 * PATIENCE_MS); /* hung behind its last word to the manager */
    return served ? 0 : 1;
}

/* ---- the scene ---- */

typedef struct Served {
    Settings settings;
    char folder[TEMPORARY_FOLDER_SIZE];
    char app[APP_SIZE];
    char *program;
    char *run_folder;
    char *log_folder;
    char *up;
    char *service;
    const char *console[4];
    const char *native[5];
    const char *environment[3];
    InstanceSpec spec;
} Served;

static int make(void **state)
{
    static Served served;
    static int count;
    wchar_t path[MAX_PATH];
    Error err = {0};

    served = (Served){0};
    (void)snprintf(served.app, sizeof served.app, "t%lld-%d", (long long)process_own_pid(),
                   ++count);
    served.spec.place = (InstancePlace){.app = served.app, .slot = "blue"};
    if (!temporary_folder_make(served.folder, "service") ||
        GetModuleFileNameW(NULL, path, MAX_PATH) == 0 || !(served.program = wide_to_utf8(path)) ||
        !(served.run_folder = text_formatted("%s/run", served.folder)) ||
        !(served.log_folder = text_formatted("%s/logs", served.folder)) ||
        !(served.up = text_formatted("%s/up", served.folder)) ||
        !(served.service = service_slot_name(&served.spec.place)) ||
        !folder_create(served.run_folder, &err) || !folder_create(served.log_folder, &err))
        return -1;
    memcpy(served.console, (const char *[]){served.program, "--console", served.folder, NULL},
           sizeof served.console);
    memcpy(served.native,
           (const char *[]){served.program, "--native", served.service, served.folder, NULL},
           sizeof served.native);
    memcpy(served.environment, (const char *[]){"EARS=good", NULL}, 2 * sizeof(char *));
    served.spec = (InstanceSpec){
        .place = {.app = served.app,
                  .slot = "blue",
                  .run_folder = served.run_folder,
                  .log_folder = served.log_folder},
        .release = "1.0.0",
        .instance = "i1",
        .command = served.console,
        .environment = served.environment,
        .folder = served.folder,
        .stop_timeout_ms = PATIENCE_MS,
        .restart_delay_ms = 1,
        .restart_times = 2,
        .restart_reset_ms = 86400000,
        .port = 18081,
        .engine = "embedded",
        .settings = &served.settings
    };
    path_use_slashes(served.program);
    (void)environment_set("GODEPLOY_LIBEXEC", GODEPLOY_BIN);
    *state = &served;
    return 0;
}

/* Also after a failure nothing of a test goes on. */
static int end(void **state)
{
    Served *served = *state;
    Error err = {0};
    bool ended = runner_service.stop(&served->spec.place, SHORT_MS, NULL, &err) &&
                 service_delete(served->service, &err) && folder_remove_tree(served->folder, &err);

    if (!ended)
        print_error("%s\n", err.message);
    free(served->program);
    free(served->run_folder);
    free(served->log_folder);
    free(served->up);
    free(served->service);
    return ended ? 0 : -1;
}

#define SERVICE_TEST(test) cmocka_unit_test_setup_teardown(test, make, end)

static InstanceState start(Served *served)
{
    InstanceState out = {0};
    Error err = {0};

    if (!runner_service.start(&served->spec, &out, &err))
        fail_msg("%s (%s)", err.message, err.hint);
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

static StopReport stop(const Served *served, int64_t timeout_ms)
{
    StopReport report = {0};
    Error err = {0};

    if (!runner_service.stop(&served->spec.place, timeout_ms, &report, &err))
        fail_msg("%s", err.message);
    return report;
}

static void mark_good(const Served *served)
{
    Error err = {0};

    if (!runner_service.mark_good(&served->spec.place, &err))
        fail_msg("%s", err.message);
}

static void wait_for_file(const char *path)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (!file_exists(path) && clock_monotonic_ms() < deadline_ms)
        (void)clock_sleep_ms(2);
    assert_true(file_exists(path));
}

static void assert_holds(const char *path, const char *words)
{
    CLEANUP(free) char *text = NULL;
    size_t length;
    Error err = {0};

    wait_for_file(path);
    assert_true(file_read_all(path, 65536, &text, &length, &err));
    if (!strstr(text, words))
        fail_msg("%s does not hold \"%s\" but \"%s\"", path, words, text);
}

static void kill_process(const ProcessId *process)
{
    HANDLE handle = OpenProcess(PROCESS_TERMINATE, FALSE, (DWORD)process->pid);

    assert_true(TerminateProcess(handle, 1));
    (void)CloseHandle(handle);
    assert_true(process_wait_gone(process, PATIENCE_MS));
}

static ServiceCondition condition(const Served *served)
{
    ServiceLook out = {0};
    Error err = {0};

    assert_true(service_look(served->service, &out, &err));
    return out.condition;
}

/* ---- a console program ---- */

static void a_console_program_hears_ctrl_c_when_its_service_is_stopped(void **state)
{
    Served *served = *state;
    InstanceState running = start(served);
    CLEANUP(free) char *log = text_formatted("%s/blue.log", served->log_folder);

    assert_int_equal(running.state, INSTANCE_RUNNING);
    assert_int_equal(condition(served), SERVICE_IS_RUNNING);
    assert_holds(served->up, "good"); /* its environment has reached it */
    assert_holds(log, "here I am");
    assert_int_equal(stop(served, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_false(process_alive(&running.supervisor));
    assert_int_equal(condition(served), SERVICE_IS_STOPPED);
    assert_int_equal(look(served).state, INSTANCE_STOPPED);
}

static void a_deaf_one_is_killed_when_its_time_is_up(void **state)
{
    Served *served = *state;
    InstanceState running;

    served->environment[0] = "EARS=deaf";
    running = start(served);
    assert_holds(served->up, "deaf");
    assert_int_equal(stop(served, SHORT_MS).how, STOP_FORCED);
    assert_false(process_alive(&running.process));
    assert_int_equal(condition(served), SERVICE_IS_STOPPED);
}

static void one_that_was_good_is_started_again_by_its_supervisor(void **state)
{
    Served *served = *state;
    InstanceState running = start(served), again;
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    mark_good(served);
    kill_process(&running.process);
    do
        again = look(served);
    while ((again.restarts == 0 || !again.process.pid) && clock_monotonic_ms() < deadline_ms &&
           clock_sleep_ms(2));
    assert_int_equal(again.state, INSTANCE_RUNNING);
    assert_int_equal(again.restarts, 1);
    assert_false(process_same(&again.process, &running.process));
    assert_true(process_same(&again.supervisor, &running.supervisor));
}

/* On Windows the manager starts the supervisor again; Wine's does not: we do. */
static void a_program_whose_supervisor_was_killed_goes_on_and_is_adopted(void **state)
{
    Served *served = *state;
    InstanceState running = start(served), adopted = {0};
    Error err = {0};

    mark_good(served);
    kill_process(&running.supervisor);
    assert_int_equal(look(served).state, INSTANCE_ORPHANED);
    if (!runner_service.adopt(&served->spec, &adopted, &err))
        fail_msg("%s", err.message);
    assert_true(process_same(&adopted.process, &running.process));
    assert_int_equal(look(served).state, INSTANCE_RUNNING);
    assert_int_equal(stop(served, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
}

static void the_next_release_runs_as_the_same_service(void **state)
{
    Served *served = *state;
    Error err = {0};

    (void)start(served);
    assert_holds(served->up, "good");
    (void)stop(served, PATIENCE_MS);
    assert_true(file_remove(served->up, &err));
    served->spec.release = "2.0.0";
    served->spec.instance = "i2";
    served->environment[0] = "EARS=second";
    (void)start(served);
    assert_string_equal(look(served).release, "2.0.0");
    assert_holds(served->up, "second");
}

/* ---- a native service ---- */

static void wait_for_condition(const Served *served, ServiceCondition wanted)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;

    while (condition(served) != wanted && clock_monotonic_ms() < deadline_ms)
        (void)clock_sleep_ms(2);
    assert_int_equal(condition(served), wanted);
}

static void a_native_service_answers_to_the_manager_itself(void **state)
{
    Served *served = *state;
    InstanceState running;

    served->settings.service.windows.native = true;
    served->spec.command = served->native;
    running = start(served);
    assert_int_equal(running.state, INSTANCE_RUNNING);
    mark_good(served);
    assert_int_equal(look(served).restarts, 0);
    assert_int_equal(stop(served, PATIENCE_MS).how, STOP_GRACEFUL);
    assert_false(process_alive(&running.process));
    assert_int_equal(look(served).state, INSTANCE_STOPPED);
}

/* Wine's manager says RUNNING of it for ever; Windows' sees it at once. Both are told apart from a
 * service that runs. */
static void a_native_service_that_was_killed_does_not_run(void **state)
{
    Served *served = *state;
    InstanceState running;

    served->settings.service.windows.native = true;
    served->spec.command = served->native;
    running = start(served);
    kill_process(&running.process);
    assert_int_equal(look(served).state, INSTANCE_STOPPED);
    assert_int_equal(stop(served, PATIENCE_MS).how, STOP_GONE);
    served->spec.instance = "i2";
    assert_int_equal(start(served).state, INSTANCE_RUNNING);
}

static void a_native_service_that_said_stopped_and_lives_on_is_killed(void **state)
{
    Served *served = *state;
    CLEANUP(free) char *lingers = text_formatted("%s/lingers", served->folder);
    InstanceState running;
    bool asked = false;
    Error err = {0};

    served->settings.service.windows.native = true;
    served->spec.command = served->native;
    assert_true(file_write_atomic(lingers, "", 0, 0600, &err));
    running = start(served);
    wait_for_condition(served, SERVICE_IS_RUNNING);
    assert_true(service_ask_to_stop(served->service, &asked, &err));
    wait_for_condition(served, SERVICE_IS_STOPPED);
    assert_int_equal(look(served).process.pid, running.process.pid);
    assert_int_equal(look(served).state, INSTANCE_RUNNING);
    assert_int_equal(stop(served, SHORT_MS).how, STOP_FORCED);
    assert_false(process_alive(&running.process));
    assert_int_equal(look(served).state, INSTANCE_STOPPED);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_console_program_hears_ctrl_c_when_its_service_is_stopped),
        SERVICE_TEST(a_deaf_one_is_killed_when_its_time_is_up),
        SERVICE_TEST(one_that_was_good_is_started_again_by_its_supervisor),
        SERVICE_TEST(a_program_whose_supervisor_was_killed_goes_on_and_is_adopted),
        SERVICE_TEST(the_next_release_runs_as_the_same_service),
        SERVICE_TEST(a_native_service_answers_to_the_manager_itself),
        SERVICE_TEST(a_native_service_that_was_killed_does_not_run),
        SERVICE_TEST(a_native_service_that_said_stopped_and_lives_on_is_killed),
    };

    if (count == 3 && text_equal(words[1], "--console"))
        return run_console(words[2]);
    if (count == 4 && text_equal(words[1], "--native"))
        return run_native(words[2], words[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
