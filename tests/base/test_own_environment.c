/* Tests base/process/own_environment.h. */
#include "base/process/own_environment.h"

#include "base/cleanup.h"
#include "tests/support/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_variable_is_read_as_it_was_set(void **state)
{
    static const struct {
        const char *line;
        const char *name;
        const char *value;
    } cases[] = {
        {"GODEPLOY_TEST_PLAIN=a=b",          "GODEPLOY_TEST_PLAIN", "a=b"          },
        {"GODEPLOY_TEST_WIDE=J\xC3\xBCrgen", "GODEPLOY_TEST_WIDE",  "J\xC3\xBCrgen"},
        {"GODEPLOY_TEST_EMPTY=",             "GODEPLOY_TEST_EMPTY", ""             },
        {"GODEPLOY_TEST_PLAIN=later",        "GODEPLOY_TEST_PLAIN", "later"        },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(free) char *value = NULL;
        Error err = {0};

        assert_true(own_environment_set(cases[i].line, &err));
        value = own_environment_get(cases[i].name);
        assert_non_null(value);
        assert_string_equal(value, cases[i].value);
    }
}

static void what_is_not_set_has_no_value(void **state)
{
    (void)state;
    (void)environment_unset("GODEPLOY_TEST_NONE"); /* it may never have been set */
    assert_null(own_environment_get("GODEPLOY_TEST_NONE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variable_is_read_as_it_was_set),
        cmocka_unit_test(what_is_not_set_has_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
