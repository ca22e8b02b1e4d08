/* What the settings ask of the traffic engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deploy/engine_needs.h"

#include <string.h>

/* Each row: what an engine can, the mode that is asked for, what is said. */
#define CASE(can, mode, said)                                                                      \
    {                                                                                              \
        can, mode, said                                                                            \
    }

static const struct {
    unsigned can;
    TrafficMode mode;
    const char *said; /* NULL: nothing, it is met */
} cases[] = {
    CASE(ENGINE_PER_REQUEST | ENGINE_PER_CONNECTION, TRAFFIC_HTTP, NULL),
    CASE(ENGINE_PER_REQUEST | ENGINE_PER_CONNECTION, TRAFFIC_TCP, NULL),
    CASE(ENGINE_PER_REQUEST, TRAFFIC_TCP,
         "shop.yaml: traffic.mode: tcp needs carrying connections of any protocol, which traffic "
         "engine half does not do"),
    CASE(ENGINE_PER_CONNECTION, TRAFFIC_HTTP,
         "shop.yaml: traffic.mode: http needs routing each request on its own, which traffic "
         "engine half does not do"),
};

static void a_setting_that_the_engine_cannot_do_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char file[] = "shop.yaml";
        const Settings settings = {.file = file, .traffic = {.mode = cases[i].mode}};
        const Engine engine = {.name = "half", .can = cases[i].can};
        Error err = {0};

        assert_int_equal(engine_meets(&engine, &settings, &err), cases[i].said == NULL);
        assert_string_equal(err.message, cases[i].said ? cases[i].said : "");
        assert_int_equal(err.code, cases[i].said ? ERR_SETTINGS : ERR_NONE);
    }
}

static void the_engines_that_can_are_named(void **state)
{
    const Engine engine = {.name = "half"};
    Error err = {0};

    (void)state;
    assert_false(engine_must(&engine, ENGINE_PER_CONNECTION, "traffic.mode: tcp", &err));
    assert_non_null(strstr(err.hint, "embedded"));
}

static void engine_embedded_routes_requests_and_connections(void **state)
{
    const Engine *engine = NULL;
    Error err = {0};

    (void)state;
    assert_true(engine_find("embedded", &engine, &err));
    assert_true(engine->can & ENGINE_PER_REQUEST);
    assert_true(engine->can & ENGINE_PER_CONNECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_setting_that_the_engine_cannot_do_is_refused),
        cmocka_unit_test(the_engines_that_can_are_named),
        cmocka_unit_test(engine_embedded_routes_requests_and_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
