/* Tests base/library.c with the C library, which every program here has. */
#include "base/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct Functions {
    size_t (*length)(const char *text);
    char *(*find)(const char *text, int byte);
} Functions;

static const LibraryFunction of_c[] = {
    {"strlen", offsetof(Functions, length)},
    {"strchr", offsetof(Functions, find)  },
};
static const LibraryFunction of_nobody[] = {
    {"strlen",                    offsetof(Functions, length)},
    {"godeploy_no_such_function", offsetof(Functions, find)  },
};

static void each_function_is_in_its_place(void **state)
{
    const Library library = {"the C library", "libc.so.6", "Install it.", of_c, 2};
    const char *text = "one:two";
    Functions functions = {0};
    Error err = {0};

    (void)state;
    for (int i = 0; i < 3; i++) { /* as often as one likes */
        functions = (Functions){0};
        assert_true(library_load(&library, &functions, &err));
        assert_int_equal(functions.length(text), 7);
        assert_ptr_equal(functions.find(text, ':'), text + 3);
    }
}

static void a_library_that_is_not_there_is_named_with_what_to_install(void **state)
{
    const Library library = {"libmist", "libgodeploy-mist.so.1", "Install libmist.", of_c, 2};
    Functions functions = {0};
    Error err = {0};

    (void)state;
    assert_false(library_load(&library, &functions, &err));
    assert_int_equal(err.code, ERR_SYSTEM);
    assert_non_null(strstr(err.message, "libmist cannot be loaded: libgodeploy-mist.so.1: "));
    assert_string_equal(err.hint, "Install libmist.");
    assert_null(functions.length);
}

static void a_library_that_lacks_a_function_is_refused_with_its_name(void **state)
{
    const Library library = {"the C library", "libc.so.6", "Install a later one.", of_nobody, 2};
    Functions functions = {0};
    Error err = {0};

    (void)state;
    assert_false(library_load(&library, &functions, &err));
    assert_int_equal(err.code, ERR_SYSTEM);
    assert_non_null(strstr(err.message, "the C library cannot be loaded: "));
    assert_non_null(strstr(err.message, "godeploy_no_such_function"));
    assert_string_equal(err.hint, "Install a later one.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_function_is_in_its_place),
        cmocka_unit_test(a_library_that_is_not_there_is_named_with_what_to_install),
        cmocka_unit_test(a_library_that_lacks_a_function_is_refused_with_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
