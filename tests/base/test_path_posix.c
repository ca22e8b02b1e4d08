#include "base/path.h"
#include "tests/base/scratch_posix.h"

#include <errno.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void names_are_joined_by_one_slash(void **state)
{
    static const char *const cases[][3] = {
        {"a",  "b",    "a/b"   },
        {"a/", "b",    "a/b"   },
        {"/",  "b",    "/b"    },
        {"",   "b",    "b"     },
        {"a",  "/b",   "/b"    },
        {"a",  "",     "a/"    },
        {"a",  "../b", "a/../b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *joined = path_join(cases[i][0], cases[i][1]);

        assert_string_equal(joined, cases[i][2]);
    }
}

static void a_path_has_a_folder_and_a_name(void **state)
{
    static const char *const cases[][3] = {
        {"/a/b", "/a",  "b"},
        {"a/b",  "a",   "b"},
        {"b",    ".",   "b"},
        {"/b",   "/",   "b"},
        {"/",    "/",   "" },
        {"a/b/", "a/b", "" },
        {"",     ".",   "" },
        {"a//b", "a",   "b"},
        {"//b",  "/",   "b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *folder = path_folder(cases[i][0]);

        assert_string_equal(folder, cases[i][1]);
        assert_string_equal(path_file_name(cases[i][0]), cases[i][2]);
    }
}

static void only_a_leading_slash_is_absolute(void **state)
{
    (void)state;
    assert_true(path_is_absolute("/"));
    assert_true(path_is_absolute("/a"));
    assert_false(path_is_absolute("a/b"));
    assert_false(path_is_absolute(""));
    assert_false(path_is_absolute("C:/a"));
}

static void a_path_is_made_absolute_without_guessing_at_links(void **state)
{
    static const char *const cases[][2] = {
        {"/a/./b//c/", "/a/b/c" },
        {"/",          "/"      },
        {"//",         "/"      },
        {"/a/../b",    "/a/../b"},
        {"/.",         "/"      },
        {"/..a/.b",    "/..a/.b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(free) char *absolute = NULL;
        Error err = {0};

        assert_true(path_absolute(cases[i][0], &absolute, &err));
        assert_string_equal(absolute, cases[i][1]);
    }
}

static void a_relative_path_starts_at_the_current_folder(void **state)
{
    static const char *const names[] = {"./x/y", "x/y/", ".//x/./y"};
    const char *folder = ((Scratch *)*state)->folder;

    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP(free) char *absolute = NULL;
        Error err = {0};

        assert_true(path_absolute(names[i], &absolute, &err));
        assert_string_equal(absolute, scratch_path(state, "x/y"));
    }
    assert_int_equal(chdir("/"), 0);
}

static void a_removed_current_folder_is_an_error(void **state)
{
    const char *folder = scratch_path(state, "gone");
    char *absolute = NULL;
    Error err = {0};
    bool made = true;

    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(rmdir(folder), 0);
    made = path_absolute("x", &absolute, &err);
    assert_int_equal(chdir("/"), 0);
    assert_false(made);
    assert_null(absolute);
    assert_int_equal(err.code, ERR_FILE);
}

static void the_program_knows_its_folder(void **state)
{
    CLEANUP(free) char *folder = NULL;
    CLEANUP(free) char *program = NULL;
    Error err = {0};

    (void)state;
    assert_true(path_of_program(&folder, &err));
    assert_true(path_is_absolute(folder));
    program = path_join(folder, program_invocation_short_name);
    assert_true(file_exists(program));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_joined_by_one_slash),
        cmocka_unit_test(a_path_has_a_folder_and_a_name),
        cmocka_unit_test(only_a_leading_slash_is_absolute),
        cmocka_unit_test(a_path_is_made_absolute_without_guessing_at_links),
        SCRATCH_TEST(a_relative_path_starts_at_the_current_folder),
        SCRATCH_TEST(a_removed_current_folder_is_an_error),
        cmocka_unit_test(the_program_knows_its_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
