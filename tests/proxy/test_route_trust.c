/* Whom a route believes. */
#include "proxy/route_trust.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool read(const char *text, RouteTrust *out, Error *err)
{
    CLEANUP(json_free) Json *json = NULL;

    assert_true(json_parse(text, strlen(text), &json, err));
    return route_trust_from_json(json, out, err);
}

static void it_believes_who_is_on_its_list_and_nobody_else(void **state)
{
    RouteTrust trust = {0};
    RouteTrust again = {0};
    CLEANUP(json_free) Json *json = NULL;
    Error err = {0};

    (void)state;
    assert_false(route_trust_includes(&trust, "10.0.0.1"));
    assert_true(read("[\"10.0.0.0/8\", \"::1\"]", &trust, &err));
    json = route_trust_to_json(&trust);
    assert_true(route_trust_from_json(json, &again, &err));
    assert_int_equal(again.count, 2);
    assert_true(route_trust_includes(&again, "10.255.0.1"));
    assert_true(route_trust_includes(&again, "::1"));
    assert_false(route_trust_includes(&again, "127.0.0.1"));
    assert_false(route_trust_includes(&again, ""));
    assert_true(read("null", &again, &err));
    assert_int_equal(again.count, 0);
}

static void a_list_that_cannot_be_right_is_refused(void **state)
{
    static const char *const wrong[] = {"\"10.0.0.0/8\"", "[\"10.0.0.0/8\", 5]", "[\"10.0.0.1/8\"]",
                                        "[\"example.com\"]", "{}"};
    RouteTrust trust = {0};
    CLEANUP_TEXT Text many = {0};
    Error too_many = {0};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Error err = {0};

        assert_false(read(wrong[i], &trust, &err));
        assert_int_equal(err.code, ERR_USAGE);
    }
    text_append(&many, "[\"::1\"");
    for (int i = 0; i < ROUTE_TRUST_MAX; i++)
        text_append(&many, ",\"::1\"");
    text_append(&many, "]");
    assert_false(read(many.bytes, &trust, &too_many));
    assert_non_null(strstr(too_many.message, "takes 32 ranges, found 33"));
    assert_int_equal(trust.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_believes_who_is_on_its_list_and_nobody_else),
        cmocka_unit_test(a_list_that_cannot_be_right_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
