/* Tests of verify/authenticode/verdict.c. */
#include "verify/authenticode/authenticode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_verdict_has_the_words_that_scripts_read(void **state)
{
    (void)state;
    assert_string_equal(authenticode_status_name(AUTHENTICODE_VALID), "valid");
    assert_string_equal(authenticode_status_name(AUTHENTICODE_UNSIGNED), "unsigned");
    assert_string_equal(authenticode_status_name(AUTHENTICODE_INVALID), "invalid");
    assert_string_equal(authenticode_status_name(AUTHENTICODE_NOT_PE), "not-pe");
    assert_string_equal(time_source_name(TIME_NOW), "now");
    assert_string_equal(time_source_name(TIME_RFC3161), "rfc3161");
    assert_string_equal(time_source_name(TIME_COUNTERSIGNATURE), "countersignature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_has_the_words_that_scripts_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
