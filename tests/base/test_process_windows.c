/* Tests what base/process/process.h promises on Windows alone; test_process.c has the rest. */
#include "base/handle_windows.h"
#include "base/process/process.h"
#include "base/process/stop_event_windows.h"
#include "tests/base/scratch.h"

#include <windows.h>

/* Sources: winerror.h; CVE-2024-24576 for batch files. */
static void what_windows_cannot_execute_is_said_at_once(void **state)
{
    static const struct {
        const char *name;
        const char *content;
        const char *reason;
    } cases[] = {
        {"text.exe",  "no program\n", "Windows error 193"},
        {"batch.cmd", "exit 0\r\n",   "is a batch file"  },
        {"batch.bat", "exit 0\r\n",   "is a batch file"  },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = scratch_path(state, cases[i].name);
        const char *argv[] = {path, NULL};
        ProcessId process;
        Error err = {0};

        assert_true(
            file_write_atomic(path, cases[i].content, strlen(cases[i].content), 0700, &err));
        assert_false(process_start_detached(&(Spawn){.argv = argv}, &process, &err));
        assert_int_equal(err.code, ERR_PROCESS);
        if (!strstr(err.message, cases[i].reason) || err.hint[0] == '\0')
            fail_msg("%s: %s (%s)", cases[i].name, err.message, err.hint);
    }
}

/* Wine 8 would write behind the end of a buffer (RtlCreateProcessParametersEx). Figure:
 * SetCurrentDirectory. */
static void a_folder_with_too_long_a_path_is_refused_before_windows_sees_it(void **state)
{
    static const char name[] = "/0123456789abcdef0123456789abcdef0123456789abcdef";
    const char *argv[] = {"whoami.exe", NULL};
    CLEANUP_TEXT Text folder = {0};
    ProcessId process;
    Error err = {0};

    (void)state;
    text_append(&folder, "C:");
    while (folder.length <= 259)
        text_append(&folder, name);
    folder.bytes[259] = '\0';
    assert_false(process_start_detached(&(Spawn){.argv = argv, .folder = text_chars(&folder)},
                                        &process, &err));
    assert_int_equal(err.code, ERR_PROCESS);
    assert_non_null(strstr(err.message, "has 259 characters, and Windows takes 258 at most"));
}

static void a_program_of_ours_hears_that_it_shall_stop(void **state)
{
    CLEANUP(handle_close) void *event = NULL;
    void *second = NULL;
    ProcessId own;
    Error err = {0};

    (void)state;
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_false(process_ask_to_stop(&own, &err)); /* it does not listen yet */
    assert_true(stop_event_make(&event, &err));
    assert_false(stop_event_make(&second, &err));
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    assert_true(process_ask_to_stop(&own, &err));
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
}

static void there_are_no_signals(void **state)
{
    ProcessId own;
    Error err = {0};

    (void)state;
    assert_true(process_identify(process_own_pid(), &own, &err));
    assert_false(process_has_signals());
    assert_false(process_signal(&own, PROCESS_HANGUP, &err));
    assert_int_equal(err.code, ERR_PROCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_windows_cannot_execute_is_said_at_once),
        cmocka_unit_test(a_folder_with_too_long_a_path_is_refused_before_windows_sees_it),
        cmocka_unit_test(a_program_of_ours_hears_that_it_shall_stop),
        cmocka_unit_test(there_are_no_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
