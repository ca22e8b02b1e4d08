/* The answers of HAProxy's Runtime API, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/engine_haproxy.h"
#include "proxy/engine/haproxy.h"

#include <string.h>

/* Of HAProxy 2.6.12, `show servers state shop`, columns left out. */
static const char state[] = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_port\n"
                            "3 shop 1 blue 127.0.0.1 2 18081\n"
                            "3 shop 2 green ::1 0 18082\n\n";

/* `show stat`: last_chk is text of the server's, in quotation marks where it holds a comma. */
static const char figures[] = "# pxname,svname,scur,last_chk,stot,mode,\n"
                              "shop,blue,3,\"Layer7 \"\"wrong\"\", status: 500, line\",41,http,\n"
                              "shop,green,,,7,tcp,\n\n";

static void a_cell_is_found_by_the_names_of_its_row_and_column(void **state_)
{
    HaproxyRow row = {0};
    char cell[32];

    (void)state_;
    assert_true(haproxy_find_row(state, ' ', "srv_name", "green", &row));
    haproxy_cell(&row, "srv_addr", cell, sizeof cell);
    assert_string_equal(cell, "::1");
    assert_int_equal(haproxy_number(&row, "srv_port"), 18082);
    assert_true(haproxy_find_row(state, ' ', "srv_name", "blue", &row));
    assert_int_equal(haproxy_number(&row, "srv_op_state"), 2);
}

static void a_comma_in_quotation_marks_separates_nothing(void **state_)
{
    HaproxyRow row = {0};
    char cell[32];

    (void)state_;
    assert_true(haproxy_find_row(figures, ',', "svname", "blue", &row));
    assert_int_equal(haproxy_number(&row, "stot"), 41);
    haproxy_cell(&row, "mode", cell, sizeof cell);
    assert_string_equal(cell, "http");
}

static void an_empty_cell_is_empty_text_and_no_number(void **state_)
{
    HaproxyRow row = {0};
    char cell[32] = "before";

    (void)state_;
    assert_true(haproxy_find_row(figures, ',', "svname", "green", &row));
    haproxy_cell(&row, "last_chk", cell, sizeof cell);
    assert_string_equal(cell, "");
    assert_int_equal(haproxy_number(&row, "scur"), 0);
    assert_int_equal(haproxy_number(&row, "mode"), 0);
}

static void a_column_that_this_version_lacks_is_empty(void **state_)
{
    HaproxyRow row = {0};
    char cell[32] = "before";

    (void)state_;
    assert_true(haproxy_find_row(state, ' ', "srv_name", "blue", &row));
    haproxy_cell(&row, "srv_use_ssl", cell, sizeof cell);
    assert_string_equal(cell, "");
}

static void a_cell_that_does_not_fit_is_none(void **state_)
{
    HaproxyRow row = {0};
    char cell[4] = "abc";

    (void)state_;
    assert_true(haproxy_find_row(state, ' ', "srv_name", "blue", &row));
    haproxy_cell(&row, "srv_addr", cell, sizeof cell);
    assert_string_equal(cell, "");
}

/* Each row: what somebody answered in HAProxy's place. */
static void what_is_no_table_has_no_rows(void **state_)
{
    static const char *const answers[] = {
        "",
        "\n",
        "Can't find backend.\n\n",
        "# ",
        "# svname",
        "# svname\n",
        "# svname\n\n\n",
        "# svname,stot\nblue\n\"blue",
        "x # svname\nblue\n",
        "# svname,,,,\n,,,,blue\n",
        "# svname,stot\n\"green\"\"\n",
    };
    HaproxyRow row = {0};

    (void)state_;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        assert_false(haproxy_find_row(answers[i], ',', "svname", "green", &row));
}

static void a_row_that_ends_early_has_empty_cells(void **state_)
{
    HaproxyRow row = {0};

    (void)state_;
    assert_true(haproxy_find_row("# svname,scur,stot\ngreen", ',', "svname", "green", &row));
    assert_int_equal(haproxy_number(&row, "stot"), 0);
}

/* A name goes into a command: what could end it, or begin another, is none. */
static void only_a_name_is_a_name(void **state_)
{
    static const char *const wrong[] = {"", "a b", "a;b", "a\nb", "a/b", "\"a\"", "a<b"};

    (void)state_;
    assert_true(haproxy_is_name("shop-api_2.web:8"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(haproxy_is_name(wrong[i]));
}

/* Each share within half a percent of what was asked for, or a tenth of it where it is small. */
static void weights_come_near_to_the_share(void **state_)
{
    static const int64_t shares[] = {4000,   5000,   10000,  25000,  50000,  100000,
                                     250000, 333333, 500000, 750000, 900000, 990000};

    (void)state_;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        int active = 0, candidate = 0;
        int64_t got = 0;

        engine_haproxy_weights(shares[i], &active, &candidate);
        assert_in_range(active, 1, 256);
        assert_in_range(candidate, 1, 256);
        assert_int_equal(active % 2, 0);
        assert_int_equal(candidate % 2, 1);
        got = INT64_C(1000000) * candidate / (active + candidate);
        assert_in_range(got, shares[i] * 9 / 10, shares[i] * 11 / 10);
        assert_in_range(got - shares[i] + 5000, 0, 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_found_by_the_names_of_its_row_and_column),
        cmocka_unit_test(a_comma_in_quotation_marks_separates_nothing),
        cmocka_unit_test(an_empty_cell_is_empty_text_and_no_number),
        cmocka_unit_test(a_column_that_this_version_lacks_is_empty),
        cmocka_unit_test(a_cell_that_does_not_fit_is_none),
        cmocka_unit_test(what_is_no_table_has_no_rows),
        cmocka_unit_test(a_row_that_ends_early_has_empty_cells),
        cmocka_unit_test(only_a_name_is_a_name),
        cmocka_unit_test(weights_come_near_to_the_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
