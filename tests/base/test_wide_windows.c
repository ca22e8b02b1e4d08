/* Tests base/wide_windows.c, base/error_windows.c. Cases: "Naming Files, Paths, and Namespaces" and
 * "Maximum Path Length Limitation" of Microsoft; windows-under-wine.md for what libarchive did. */
#include "tests/base/scratch.h"

#include "base/wide_windows.h"

#include <windows.h>

typedef struct PathRow {
    const char *path;
    const char *wide; /* as UTF-8 */
    const char *plain;
} PathRow;

static const PathRow understood[] = {
    {"C:\\x",                        "\\\\?\\C:\\x",                          "C:\\x"               },
    {"C:/x/y",                       "\\\\?\\C:\\x\\y",                       "C:\\x\\y"            },
    {"c:/x//y/",                     "\\\\?\\c:\\x\\y\\",                     "c:\\x\\y\\"          },
    {"C:/a/../b/./c",                "\\\\?\\C:\\b\\c",                       "C:\\b\\c"            },
    {"C:/../../x",                   "\\\\?\\C:\\x",                          "C:\\x"               },
    {"\\\\?\\C:\\x",                 "\\\\?\\C:\\x",                          "C:\\x"               },
    {"//?/C:/x",                     "\\\\?\\C:\\x",                          "C:\\x"               },
    {"\\\\server\\share\\x",         "\\\\?\\UNC\\server\\share\\x",          "\\\\server\\share\\x"},
    {"//server/share",               "\\\\?\\UNC\\server\\share",             "\\\\server\\share"   },
    {"\\\\?\\UNC\\server\\share\\x", "\\\\?\\UNC\\server\\share\\x",          "\\\\server\\share\\x"},
    {"C:/\xc3\xa9/\xe6\x97\xa5.txt", "\\\\?\\C:\\\xc3\xa9\\\xe6\x97\xa5.txt",
     "C:\\\xc3\xa9\\\xe6\x97\xa5.txt"                                                               },
    {"C:/console/comx",              "\\\\?\\C:\\console\\comx",              "C:\\console\\comx"   },
};

static void a_path_comes_out_absolute_and_behind_the_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof understood / sizeof *understood; i++) {
        CLEANUP(free) wchar_t *wide = NULL;
        CLEANUP(free) char *back = NULL;
        Error err = {0};

        if (!wide_path(understood[i].path, &wide, &err))
            fail_msg("%s", err.message);
        back = wide_to_utf8(wide);
        assert_string_equal(back, understood[i].wide);
    }
}

static void a_path_for_other_programs_has_no_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof understood / sizeof *understood; i++) {
        CLEANUP(free) wchar_t *plain = NULL;
        CLEANUP(free) char *back = NULL;
        Error err = {0};

        assert_true(wide_plain_path(understood[i].path, &plain, &err));
        back = wide_to_utf8(plain);
        assert_string_equal(back, understood[i].plain);
    }
}

static const char *const refused[] = {
    "",
    "C:",
    "C:x",
    "C:/x:stream",
    "C:/x/NUL",
    "nul",
    "C:/com1.txt/x",
    "C:/COM\xc2\xb9",
    "C:/x.",
    "C:/x /y",
    "C:/...",
    "C:/a<b",
    "C:/a|b",
    "C:/a?",
    "C:/*",
    "C:/a\nb",
    "\\\\.\\PhysicalDrive0",
    "//./pipe/x",
    "\\\\?\\C:x",
    "\\\\?\\GLOBALROOT\\Device?",
    "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\x",
    "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\x",
    "\\\\?\\\\server\\share",
    "\\\\?\\",
    "C:/\xff",
};

static void a_path_that_windows_takes_for_something_else_is_refused_before_any_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        wchar_t *wide = NULL;
        Error err = {0};

        if (wide_path(refused[i], &wide, &err))
            fail_msg("accepted: %s", refused[i]);
        assert_null(wide);
        assert_int_equal(err.code, ERR_FILE);
    }
}

static void a_relative_path_is_one_below_the_current_folder(void **state)
{
    wchar_t here[32768];
    CLEANUP(free) wchar_t *wide = NULL;
    Error err = {0};

    (void)state;
    assert_true(GetCurrentDirectoryW(32768, here) > 0);
    assert_true(wide_path("a/b", &wide, &err));
    assert_memory_equal(wide, L"\\\\?\\", 4 * sizeof *wide);
    assert_memory_equal(wide + 4, here, wcslen(here) * sizeof *wide);
    assert_int_equal(wcscmp(wide + wcslen(wide) - 4, L"\\a\\b"), 0);
}

static void text_that_is_not_unicode_has_no_other_form(void **state)
{
    static const wchar_t lone[] = {L'a', 0xd800, 0};

    (void)state;
    assert_null(wide_from_utf8("a\xc3"));
    assert_null(wide_from_utf8("\xc0\xaf"));
    assert_null(wide_to_utf8(lone));
}

typedef struct ReasonRow {
    unsigned long number;
    ErrorCode given, code;
    const char *words;
} ReasonRow;

/* Numbers: winerror.h. */
static const ReasonRow reasons[] = {
    {ERROR_FILE_NOT_FOUND, ERR_FILE,  ERR_FILE,       "(Windows error 2)"      },
    {ERROR_ACCESS_DENIED,  ERR_FILE,  ERR_PERMISSION, "(Windows error 5)"      },
    {740,                  ERR_FILE,  ERR_PERMISSION, "740"                    },
    {ERROR_ACCESS_DENIED,  ERR_START, ERR_START,      "(Windows error 5)"      },
    {ERROR_DISK_FULL,      ERR_FILE,  ERR_DISK_FULL,  "(Windows error 112)"    },
    {0x0fffffff,           ERR_FILE,  ERR_FILE,       "Windows error 268435455"},
};

static void a_failed_call_is_told_with_its_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        Error err = {0};

        assert_false(
            error_set_windows(&err, reasons[i].given, reasons[i].number, "opening %s", "x"));
        assert_int_equal(err.code, reasons[i].code);
        assert_true(text_starts_with(err.message, "opening x: "));
        assert_non_null(strstr(err.message, reasons[i].words));
    }
}

static void the_last_error_is_the_one_that_is_told(void **state)
{
    Error err = {0};

    (void)state;
    SetLastError(ERROR_SHARING_VIOLATION);
    assert_false(error_set_os(&err, ERR_FILE, "opening x"));
    assert_non_null(strstr(err.message, "(Windows error 32)"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_comes_out_absolute_and_behind_the_prefix),
        cmocka_unit_test(a_path_for_other_programs_has_no_prefix),
        cmocka_unit_test(a_path_that_windows_takes_for_something_else_is_refused_before_any_call),
        cmocka_unit_test(a_relative_path_is_one_below_the_current_folder),
        cmocka_unit_test(text_that_is_not_unicode_has_no_other_form),
        cmocka_unit_test(a_failed_call_is_told_with_its_number),
        cmocka_unit_test(the_last_error_is_the_one_that_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
