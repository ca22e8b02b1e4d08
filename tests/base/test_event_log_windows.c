/* Tests base/service/event_log.h: the source in the registry. What an entry looks like in the
 * viewer is proven on Windows alone: Wine takes entries and keeps none. */
#include "base/service/event_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

#include <cmocka.h>

static const wchar_t key[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\godeploy";

static void the_source_is_registered_once_and_taken_away_once(void **state)
{
    wchar_t file[MAX_PATH];
    DWORD size = sizeof file, types = 0;
    bool changed = false;
    Error err = {0};

    (void)state;
    assert_true(event_log_remove(&changed, &err)); /* whatever was left */
    assert_false(event_log_is_installed());
    assert_true(event_log_install(&changed, &err));
    assert_true(changed);
    assert_true(event_log_is_installed());
    assert_int_equal(RegGetValueW(HKEY_LOCAL_MACHINE, key, L"EventMessageFile",
                                  RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, file, &size),
                     ERROR_SUCCESS);
    assert_int_equal(wcscmp(file, L"%SystemRoot%\\System32\\EventCreate.exe"), 0);
    size = sizeof types;
    assert_int_equal(RegGetValueW(HKEY_LOCAL_MACHINE, key, L"TypesSupported", RRF_RT_REG_DWORD,
                                  NULL, &types, &size),
                     ERROR_SUCCESS);
    assert_int_equal(types, 7);
    assert_true(event_log_install(&changed, &err));
    assert_false(changed);
    assert_true(event_log_write(EVENT_LOG_WARNING, 200, "shop: h\xC3\xA9"));
    assert_true(event_log_remove(&changed, &err));
    assert_true(changed);
    assert_false(event_log_is_installed());
    assert_true(event_log_remove(&changed, &err));
    assert_false(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_source_is_registered_once_and_taken_away_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
