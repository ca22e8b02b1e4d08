/* The limits of a route on their way through JSON. */
#include "proxy/route_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static Json *parsed(const char *text)
{
    Json *json = NULL;
    Error err = {0};

    assert_true(json_parse(text, strlen(text), &json, &err));
    return json;
}

static void what_is_written_is_read_again(void **state)
{
    const RouteLimits limits = {1, 2, 3, 4, 5, 6, 7, 8};
    CLEANUP(json_free) Json *json = route_limits_to_json(&limits);
    RouteLimits again = {0};
    Error err = {0};

    (void)state;
    assert_true(route_limits_from_json(json, &again, &err));
    assert_memory_equal(&again, &limits, sizeof limits);
}

static void what_is_missing_is_the_default(void **state)
{
    CLEANUP(json_free) Json *json = parsed("{\"idle_ms\": 5}");
    RouteLimits limits = {.head_ms = 9};
    RouteLimits full;
    Error err = {0};

    (void)state;
    assert_true(route_limits_from_json(json, &limits, &err));
    assert_int_equal(limits.head_ms, 0);
    full = route_limits_in_force(&limits);
    assert_int_equal(full.idle_ms, 5);
    assert_int_equal(full.head_ms, 30000);
    assert_int_equal(full.connect_ms, 10000);
    assert_int_equal(full.first_byte_ms, 60000);
    assert_int_equal(full.stall_ms, 60000);
    assert_int_equal(full.head_bytes, ROUTE_HEAD_BYTES_MAX);
    assert_int_equal(full.body_bytes, 0);
    assert_int_equal(full.connections, 0);
    assert_true(route_limits_from_json(NULL, &limits, &err));
}

static void a_limit_out_of_bounds_is_named(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"head_ms\": -1}",           "the limit head_ms is -1, not 0 to"          },
        {"{\"head_bytes\": 65537}",     "the limit head_bytes is 65537, not 0 to"    },
        {"{\"connections\": -5}",       "the limit connections is -5, not 0 to"      },
        {"{\"stall_ms\": 31536000001}", "the limit stall_ms is 31536000001, not 0 to"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CLEANUP(json_free) Json *json = parsed(wrong[i][0]);
        RouteLimits limits = {.idle_ms = 7};
        Error err = {0};

        assert_false(route_limits_from_json(json, &limits, &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, wrong[i][1]));
        assert_int_equal(limits.idle_ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(what_is_missing_is_the_default),
        cmocka_unit_test(a_limit_out_of_bounds_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
