/* Tests base/service/service_windows.h and base/service/service_program.h against the service
 * control manager of this system (or Wine's). The services are this very program: `--service NAME
 * MODE`. */
#include "base/clock.h"
#include "base/process/process.h"
#include "base/service/service_program.h"
#include "base/service/service_windows.h"
#include "base/text.h"
#include "base/wide_windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <cmocka.h>

enum { PATIENCE_MS = 30000, SLOW_MS = 200, NAME_SIZE = 64, FAILS_WITH = 8, SPECIFIC_ERROR = 1066 };

/* ---- the services ---- */

static bool run_until_stopped(void *context, ServiceProgram *program, Error *err)
{
    (void)err;
    service_program_ready(program);
    return WaitForSingleObject(context, PATIENCE_MS) == WAIT_OBJECT_0;
}

static bool run_until_stopped_slowly(void *context, ServiceProgram *program, Error *err)
{
    bool stopped = run_until_stopped(context, program, err);

    (void)clock_sleep_ms(SLOW_MS);
    return stopped;
}

static bool run_and_fail(void *context, ServiceProgram *program, Error *err)
{
    (void)context;
    service_program_ready(program);
    return error_set(err, ERR_START, "as it was told to");
}

static void stop_work(void *context)
{
    (void)SetEvent(context);
}

static int run_as_service(const char *name, const char *mode)
{
    HANDLE stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
    const ServiceWork work = {.name = name,
                              .run = text_equal(mode, "fails")  ? run_and_fail
                                     : text_equal(mode, "slow") ? run_until_stopped_slowly
                                                                : run_until_stopped,
                              .stop = stop_work,
                              .context = stopped};
    Error err = {0};

    if (text_equal(mode, "mute"))
        return 0;
    return service_program_run(&work, &err) ? 0 : error_exit_status(err.code);
}

/* ---- the scene ---- */

typedef struct Scene {
    char name[NAME_SIZE];
    char *program;
    const char *command[5];
    ServicePlan plan;
} Scene;

static void point_at(Scene *scene, const char *mode)
{
    scene->command[0] = scene->program;
    scene->command[1] = "--service";
    scene->command[2] = scene->name;
    scene->command[3] = mode;
    scene->plan = (ServicePlan){
        .name = scene->name,
        .display_name = scene->name,
        .description = "a test of godeploy. Release 1.",
        .owner = "a test of godeploy",
        .command = scene->command,
        .account = "LocalSystem",
        .ladder = {.times = 3, .delay_ms = 60000, .reset_ms = 86400000},
        .preshutdown_ms = 5000
    };
}

static int scene_make(void **state)
{
    static Scene scene;
    static int count;
    wchar_t path[MAX_PATH];

    (void)snprintf(scene.name, sizeof scene.name, "godeploy-test-%lld-%d",
                   (long long)process_own_pid(), ++count);
    if (GetModuleFileNameW(NULL, path, MAX_PATH) == 0 || !(scene.program = wide_to_utf8(path)))
        return -1;
    point_at(&scene, "waits");
    *state = &scene;
    return 0;
}

static ServiceLook look(const Scene *scene)
{
    ServiceLook out = {0};
    Error err = {0};

    if (!service_look(scene->name, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static ServiceLook wait_for(const Scene *scene, ServiceCondition wanted)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    ServiceLook out = look(scene);

    while (out.condition != wanted && clock_monotonic_ms() < deadline_ms) {
        (void)clock_sleep_ms(2);
        out = look(scene);
    }
    assert_int_equal(out.condition, wanted);
    return out;
}

static void put(const Scene *scene)
{
    Error err = {0};

    if (!service_put(&scene->plan, &err))
        fail_msg("%s", err.message);
}

static void start(const Scene *scene)
{
    Error err = {0};

    if (!service_start(scene->name, &err))
        fail_msg("%s", err.message);
}

static void ask_to_stop(const Scene *scene)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    bool asked = false;
    Error err = {0};

    while (!asked && clock_monotonic_ms() < deadline_ms)
        if (!service_ask_to_stop(scene->name, &asked, &err))
            fail_msg("%s", err.message);
    assert_true(asked);
}

static int scene_end(void **state)
{
    Scene *scene = *state;
    bool asked;
    Error ignored = {0};

    (void)service_ask_to_stop(scene->name, &asked, &ignored);
    (void)service_delete(scene->name, &ignored);
    free(scene->program);
    return 0;
}

#define SCM_TEST(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_end)

/* ---- the tests ---- */

static void absent_is_an_answer(void **state)
{
    bool asked = false;
    Error err = {0};

    assert_int_equal(look(*state).condition, SERVICE_IS_ABSENT);
    assert_true(service_ask_to_stop(((Scene *)*state)->name, &asked, &err));
    assert_true(asked);
    assert_true(service_delete(((Scene *)*state)->name, &err));
    assert_false(service_start(((Scene *)*state)->name, &err));
    assert_non_null(strstr(err.message, "there is no service"));
}

static void a_service_is_made_started_stopped_and_deleted(void **state)
{
    const Scene *scene = *state;
    ServiceLook running;
    ProcessId process;
    Error err = {0};

    put(scene);
    assert_int_equal(look(scene).condition, SERVICE_IS_STOPPED);
    start(scene);
    running = wait_for(scene, SERVICE_IS_RUNNING);
    assert_true(process_identify(running.pid, &process, &err));
    assert_true(service_start(scene->name, &err)); /* it runs already */
    ask_to_stop(scene);
    assert_int_equal(wait_for(scene, SERVICE_IS_STOPPED).exit_code, 0);
    assert_true(process_wait_gone(&process, PATIENCE_MS));
    assert_true(service_delete(scene->name, &err));
    assert_int_equal(wait_for(scene, SERVICE_IS_ABSENT).pid, 0);
}

/* StartService() would say of it that it runs already (1056), and nothing would be started. */
static void one_that_is_stopping_is_waited_for_and_started_anew(void **state)
{
    Scene *scene = *state;
    ServiceLook before, after;

    point_at(scene, "slow");
    put(scene);
    start(scene);
    before = wait_for(scene, SERVICE_IS_RUNNING);
    ask_to_stop(scene);
    start(scene);
    after = wait_for(scene, SERVICE_IS_RUNNING);
    assert_true(before.pid != 0 && after.pid != 0);
    assert_int_not_equal(before.pid, after.pid);
}

static void what_fails_says_its_exit_status(void **state)
{
    Scene *scene = *state;
    ServiceLook end;

    point_at(scene, "fails");
    put(scene);
    start(scene);
    end = wait_for(scene, SERVICE_IS_STOPPED);
    assert_int_equal(end.exit_code, SPECIFIC_ERROR);
    assert_int_equal(end.own_code, FAILS_WITH);
}

static void put_again_it_is_re_pointed(void **state)
{
    Scene *scene = *state;

    put(scene);
    point_at(scene, "fails");
    put(scene);
    start(scene);
    assert_int_equal(wait_for(scene, SERVICE_IS_STOPPED).own_code, FAILS_WITH);
}

static void a_namesake_of_somebody_else_is_refused(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    put(scene);
    scene->plan.owner = "another app";
    assert_false(service_put(&scene->plan, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "is somebody else's"));
}

/* Deleted while it runs, it is only marked: its name is there and lost at once (1072). */
static void one_that_is_marked_for_deletion_says_so(void **state)
{
    Scene *scene = *state;
    SC_HANDLE manager, handle;
    CLEANUP(free) wchar_t *name = wide_from_utf8(scene->name);
    Error err = {0};

    put(scene);
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    handle = OpenServiceW(manager, name, SERVICE_QUERY_STATUS); /* as services.msc holds it */
    assert_non_null(handle);
    assert_true(service_delete(scene->name, &err));

    assert_false(service_put(&scene->plan, &err));
    assert_non_null(strstr(err.message, "1072"));
    assert_non_null(strstr(err.hint, "services.msc"));
    (void)CloseServiceHandle(handle);
    (void)CloseServiceHandle(manager);
}

static void a_program_that_is_no_service_does_not_start_as_one(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    point_at(scene, "mute");
    put(scene);
    assert_false(service_start(scene->name, &err));
    assert_int_equal(err.code, ERR_START);
    if (!strstr(err.hint, "service.windows.kind"))
        fail_msg("%s; %s", err.message, err.hint);
}

static void when_it_starts_can_be_changed(void **state)
{
    const Scene *scene = *state;
    CLEANUP(free) wchar_t *name = wide_from_utf8(scene->name);
    union {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192];
    } found;
    DWORD needed = 0;
    SC_HANDLE manager, handle;
    Error err = {0};

    put(scene);
    assert_true(service_set_start(scene->name, SERVICE_STARTS_AT_BOOT, &err));
    assert_true(service_set_ladder(scene->name, &scene->plan.ladder, &err));
    manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    handle = OpenServiceW(manager, name, SERVICE_QUERY_CONFIG);
    assert_true(QueryServiceConfigW(handle, &found.config, sizeof found, &needed));
    assert_int_equal(found.config.dwStartType, SERVICE_AUTO_START);
    (void)CloseServiceHandle(handle);
    (void)CloseServiceHandle(manager);
}

/* Of the service as it is in the SCM, changed by other hands than ours. */
static void change_by_hand(const Scene *scene, DWORD start_type, const wchar_t *description)
{
    CLEANUP(free) wchar_t *name = wide_from_utf8(scene->name);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE handle = OpenServiceW(manager, name, SERVICE_CHANGE_CONFIG);
    SERVICE_DESCRIPTIONW text = {.lpDescription = (wchar_t *)(uintptr_t)description};

    assert_true(ChangeServiceConfigW(handle, SERVICE_NO_CHANGE, start_type, SERVICE_NO_CHANGE, NULL,
                                     NULL, NULL, NULL, NULL, NULL, NULL));
    assert_true(!description || ChangeServiceConfig2W(handle, SERVICE_CONFIG_DESCRIPTION, &text));
    (void)CloseServiceHandle(handle);
    (void)CloseServiceHandle(manager);
}

static void one_that_was_disabled_by_hand_stays_so(void **state)
{
    const Scene *scene = *state;
    bool disabled = false;
    Error err = {0};

    put(scene);
    change_by_hand(scene, SERVICE_DISABLED, NULL);
    assert_false(service_put(&scene->plan, &err));
    assert_int_equal(err.code, ERR_START);
    assert_non_null(strstr(err.message, "was disabled by hand"));
    assert_non_null(strstr(err.hint, "start= demand"));
    assert_true(service_set_start(scene->name, SERVICE_STARTS_AT_BOOT, &(Error){0}));
    assert_true(service_is_disabled(scene->name, &disabled, &(Error){0}));
    assert_true(disabled);
}

/* Who makes it was killed before he described it. */
static void one_that_is_half_made_is_finished(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    put(scene);
    change_by_hand(scene, SERVICE_NO_CHANGE, L"");
    put(scene);
    change_by_hand(scene, SERVICE_NO_CHANGE, L"");
    scene->plan.display_name = "another one";
    assert_false(service_put(&scene->plan, &err));
    assert_non_null(strstr(err.message, "is somebody else's"));
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        SCM_TEST(absent_is_an_answer),
        SCM_TEST(a_service_is_made_started_stopped_and_deleted),
        SCM_TEST(one_that_is_stopping_is_waited_for_and_started_anew),
        SCM_TEST(what_fails_says_its_exit_status),
        SCM_TEST(put_again_it_is_re_pointed),
        SCM_TEST(a_namesake_of_somebody_else_is_refused),
        SCM_TEST(one_that_is_marked_for_deletion_says_so),
        SCM_TEST(a_program_that_is_no_service_does_not_start_as_one),
        SCM_TEST(when_it_starts_can_be_changed),
        SCM_TEST(one_that_was_disabled_by_hand_stays_so),
        SCM_TEST(one_that_is_half_made_is_finished),
    };

    if (count == 4 && text_equal(words[1], "--service"))
        return run_as_service(words[2], words[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
