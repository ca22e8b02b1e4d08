/* Tests base/path.h on Windows. Cases: "Naming Files, Paths, and Namespaces" of Microsoft. */
#include "base/path.h"
#include "tests/base/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void names_are_joined_by_one_slash(void **state)
{
    static const char *const cases[][3] = {
        {"C:/a",      "b",         "C:/a/b"     },
        {"C:/",       "b",         "C:/b"       },
        {"a",         "C:/b",      "C:/b"       },
        {"a",         "C:\\b",     "C:\\b"      },
        {"a\\",       "b",         "a\\b"       },
        {"//s/share", "b",         "//s/share/b"},
        {"a",         "//s/share", "//s/share"  },
        {"C:/a",      "C:b",       "C:/a/C:b"   },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *joined = path_join(cases[i][0], cases[i][1]);

        assert_string_equal(joined, cases[i][2]);
    }
}

static void a_drive_and_a_share_are_never_cut(void **state)
{
    static const char *const cases[][3] = {
        {"C:/a/b",          "C:/a",         "b"},
        {"C:/b",            "C:/",          "b"},
        {"C:\\a\\b",        "C:\\a",        "b"},
        {"C:\\b",           "C:\\",         "b"},
        {"C:/",             "C:/",          "" },
        {"//s/share/b",     "//s/share",    "b"},
        {"\\\\s\\share\\b", "\\\\s\\share", "b"},
        {"/b",              "/",            "b"},
        {"a\\b",            "a",            "b"},
        {"b",               ".",            "b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *folder = path_folder(cases[i][0]);

        assert_string_equal(folder, cases[i][1]);
        assert_string_equal(path_file_name(cases[i][0]), cases[i][2]);
    }
}

static void roots_are_told_from_names(void **state)
{
    (void)state;
    assert_true(path_is_absolute("C:/a"));
    assert_true(path_is_absolute("c:\\"));
    assert_true(path_is_absolute("//server/share"));
    assert_true(path_is_absolute("/a"));
    assert_false(path_is_absolute("C:a"));
    assert_false(path_is_absolute("C:"));
    assert_false(path_is_absolute("a/b"));
    assert_false(path_is_absolute(""));
    assert_int_equal(path_root_length("//server/share/a"), strlen("//server/share"));
}

static void a_path_is_made_absolute_with_its_drive(void **state)
{
    static const char *const cases[][2] = {
        {"C:\\a\\.\\b\\\\c\\", "C:/a/b/c"   },
        {"C:/",                "C:/"        },
        {"C:/a/../b",          "C:/a/../b"  },
        {"\\\\s\\share\\.\\a", "//s/share/a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *absolute = NULL;
        Error err = {0};

        assert_true(path_absolute(cases[i][0], &absolute, &err));
        assert_string_equal(absolute, cases[i][1]);
    }
}

static void a_path_without_a_drive_is_on_the_current_one(void **state)
{
    CLEANUP(free) char *absolute = NULL;
    CLEANUP(free) char *relative = NULL;
    Error err = {0};

    (void)state;
    assert_true(path_absolute("/a", &absolute, &err));
    assert_int_equal(path_root_length(absolute), 3);
    assert_string_equal(absolute + 3, "a");
    assert_true(path_absolute("x\\y", &relative, &err));
    assert_int_equal(path_root_length(relative), 3);
    assert_true(text_ends_with(relative, "/x/y"));
}

static void the_prefix_of_calls_is_taken_off_what_the_system_says(void **state)
{
    static const char *const cases[][2] = {
        {"\\\\?\\C:\\a",            "C:/a"       },
        {"\\\\?\\UNC\\s\\share\\a", "//s/share/a"},
        {"C:\\a",                   "C:/a"       },
        {"\\\\s\\share",            "//s/share"  },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *path = text_copy(cases[i][0]);

        path_use_slashes(path);
        assert_string_equal(path, cases[i][1]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_joined_by_one_slash),
        cmocka_unit_test(a_drive_and_a_share_are_never_cut),
        cmocka_unit_test(roots_are_told_from_names),
        cmocka_unit_test(a_path_is_made_absolute_with_its_drive),
        cmocka_unit_test(a_path_without_a_drive_is_on_the_current_one),
        cmocka_unit_test(the_prefix_of_calls_is_taken_off_what_the_system_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
