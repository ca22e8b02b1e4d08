/* Tests deploy/doctor/port_range.c: what netsh lists, in three languages (English and German as
 * Microsoft's pages and public reports show them), and what it may never be taken for. */
#include "deploy/doctor/port_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char english[] = "\r\n"
                              "Protocol tcp Port Exclusion Ranges\r\n"
                              "\r\n"
                              "Start Port    End Port      \r\n"
                              "----------    --------      \r\n"
                              "      5357        5357      \r\n"
                              "     49684       49783      \r\n"
                              "     50000       50059     *\r\n"
                              "\r\n"
                              "* - Administered port exclusions.\r\n";
static const char german[] = "\n"
                             "Protokoll tcp-Portausschlussbereiche\n"
                             "\n"
                             "Startport   Endport\n"
                             "----------    --------\n"
                             "      5357        5357\n"
                             "     50000       50059     *\n"
                             "* - Verwaltete Portausschluesse.\n";
static const char twice[] = " 18000 18999 *\n 18081 18081\n";

static void a_port_is_found_in_its_range(void **state)
{
    PortRange range = {0};

    (void)state;
    assert_true(port_range_find(english, 5357, &range));
    assert_int_equal(range.last, 5357);
    assert_true(port_range_find(english, 49700, &range));
    assert_int_equal(range.first, 49684);
    assert_int_equal(range.last, 49783);
    assert_false(range.of_administrator);
    assert_true(port_range_find(english, 50059, &range));
    assert_true(range.of_administrator);
    assert_true(port_range_find(german, 50000, &range));
    assert_true(range.of_administrator);
    assert_false(port_range_find(english, 5358, &range));
    assert_false(port_range_find(german, 49700, &range));
}

static void the_range_that_nobody_can_have_counts(void **state)
{
    PortRange range = {0};

    (void)state;
    assert_true(port_range_find(twice, 18081, &range));
    assert_false(range.of_administrator);
    assert_true(port_range_find(twice, 18082, &range));
    assert_true(range.of_administrator);
}

static void lines_that_are_no_range_are_none(void **state)
{
    static const char *const others[] = {"",
                                         "\n\n",
                                         "18081",
                                         "18081 -",
                                         "18081 18082 18083",
                                         "18000 70000",
                                         "99999999999999999999 1",
                                         "-1 18081",
                                         "tcp 18000 19000"};
    PortRange range = {0};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (port_range_find(others[i], 18081, &range))
            fail_msg("found in \"%s\"", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_found_in_its_range),
        cmocka_unit_test(the_range_that_nobody_can_have_counts),
        cmocka_unit_test(lines_that_are_no_range_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
