/* Caddy's configuration, read and changed. What Caddy makes of it: tests/e2e/caddy_test.go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "proxy/engine/caddy_config.h"

#include <string.h>

static Route shop(int active)
{
    return (Route){
        .slots = {{.name = "blue", .address = {.host = "127.0.0.1", .port = 18081}},
                  {.name = "green", .address = {.host = "127.0.0.1", .port = 18082}}},
        .slot_count = 2,
        .active = active
    };
}

static Json *parsed(const char *text)
{
    Json *json = NULL;
    Error err = {0};

    assert_true(json_parse(text, strlen(text), &json, &err));
    return json;
}

#define BLUE   "{\"dial\":\"127.0.0.1:18081\"}"
#define GREEN  "{\"dial\":\"127.0.0.1:18082\"}"
#define FIRST  ",\"load_balancing\":{\"selection_policy\":{\"policy\":\"first\"}}"
#define RANDOM ",\"load_balancing\":{\"selection_policy\":{\"policy\":\"random\"}}"
#define PROXY(upstreams, more)                                                                     \
    "{\"handler\":\"reverse_proxy\",\"upstreams\":[" upstreams "]" more "}"
/* As the Caddyfile adapter of Caddy 2.6 writes a site. */
#define SITE(handler)                                                                              \
    "{\"srv0\":{\"listen\":[\":80\"],\"routes\":[{\"match\":[{\"host\":[\"a\"]}],\"handle\":[{"    \
    "\"handler\":\"subroute\",\"routes\":[{\"handle\":[" handler "]}]}],\"terminal\":true}]}}"

#define CASE(config, proxies, first)                                                               \
    {                                                                                              \
        config, proxies, first                                                                     \
    }

static const struct {
    const char *config;
    size_t proxies;
    int first;
} cases[] = {
    CASE(SITE(PROXY(BLUE, "")), 1, 0),
    CASE(SITE(PROXY("{\"dial\":\"localhost:18082\"}", "")), 1, 1),
    CASE(SITE(PROXY(GREEN "," BLUE, FIRST)), 1, 1),
    /* both have requests: nobody is the active one */
    CASE(SITE(PROXY(GREEN "," BLUE, "")), 1, ROUTE_NO_SLOT),
    CASE(SITE(PROXY(GREEN "," BLUE, RANDOM)), 1, ROUTE_NO_SLOT),
    /* somebody else's upstream comes first */
    CASE(SITE(PROXY("{\"dial\":\"10.0.0.9:80\"}," BLUE, FIRST)), 1, ROUTE_NO_SLOT),
    CASE(SITE(PROXY(BLUE, "") "," PROXY(BLUE, "")), 2, 0),
    CASE(SITE(PROXY(BLUE, "") "," PROXY(GREEN, "")), 2, ROUTE_NO_SLOT),
    /* none of ours */
    CASE(SITE(PROXY("{\"dial\":\"127.0.0.1:9\"}", "")), 0, ROUTE_NO_SLOT),
    CASE(SITE(PROXY("{\"dial\":\"10.0.0.1:18081\"}", "")), 0, ROUTE_NO_SLOT),
    CASE(SITE("{\"handler\":\"file_server\",\"upstreams\":[" BLUE "]}"), 0, ROUTE_NO_SLOT),
    CASE("null", 0, ROUTE_NO_SLOT),
    CASE("{\"handler\":7,\"upstreams\":{\"dial\":7}}", 0, ROUTE_NO_SLOT),
    CASE("{\"handler\":\"reverse_proxy\",\"upstreams\":[7,null,{\"dial\":7}]}", 0, ROUTE_NO_SLOT),
};

static void the_slot_that_answers_is_read(void **state)
{
    const Route route = shop(0);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(json_free) Json *config = parsed(cases[i].config);
        CaddyView view = {0};

        caddy_config_read(config, &route, &view);
        assert_int_equal(view.proxies, cases[i].proxies);
        assert_int_equal(view.first, cases[i].first);
    }
}

#define CHANGE(before, after)                                                                      \
    {                                                                                              \
        before, after                                                                              \
    }

static const struct {
    const char *before, *after; /* with green active */
} changes[] = {
    CHANGE(SITE(PROXY(BLUE, "")), SITE(PROXY(GREEN "," BLUE, FIRST))),
    CHANGE(SITE(PROXY(BLUE "," GREEN, FIRST)), SITE(PROXY(GREEN "," BLUE, FIRST))),
    /* an upstream and a policy keep what else is said of them */
    CHANGE(SITE(PROXY(BLUE ",{\"dial\":\"localhost:18082\",\"max_requests\":5}",
                      ",\"load_balancing\":{\"try_duration\":2000000000}")),
           SITE(PROXY("{\"dial\":\"localhost:18082\",\"max_requests\":5}," BLUE,
                      ",\"load_balancing\":{\"try_duration\":2000000000,\"selection_policy\":{"
                      "\"policy\":\"first\"}}"))),
    /* what is not ours is not changed */
    CHANGE(SITE(PROXY("{\"dial\":\"127.0.0.1:9\"}", "") ",[null,true,1.5,-7,\"x\",{}]"),
           SITE(PROXY("{\"dial\":\"127.0.0.1:9\"}", "") ",[null,true,1.5,-7,\"x\",{}]")),
};

static void only_the_upstreams_of_the_app_are_changed(void **state)
{
    const Route route = shop(1);

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        CLEANUP(json_free) Json *before = parsed(changes[i].before);
        CLEANUP(json_free) Json *wanted = parsed(changes[i].after);
        CLEANUP(json_free) Json *after = caddy_config_with(before, &route);
        CLEANUP(free) char *line = json_line(after);
        CLEANUP(free) char *wanted_line = json_line(wanted);

        assert_non_null(line);
        assert_string_equal(line, wanted_line);
    }
}

static void a_configuration_nested_too_deeply_is_copied_as_it_is(void **state)
{
    const Route route = shop(1);
    CLEANUP_TEXT Text text = {0};
    CLEANUP(json_free) Json *before = NULL;
    CLEANUP(json_free) Json *after = NULL;
    CLEANUP(free) char *line = NULL;

    (void)state;
    for (int i = 0; i < 100; i++)
        text_append(&text, "[");
    text_append(&text, PROXY(BLUE, ""));
    for (int i = 0; i < 100; i++)
        text_append(&text, "]");
    before = parsed(text_chars(&text));
    after = caddy_config_with(before, &route);
    line = json_line(after);
    assert_string_equal(line, text_chars(&text));
}

static void requests_under_way_are_those_of_the_slot(void **state)
{
    const Route route = shop(0);
    CLEANUP(json_free)
    Json *upstreams = parsed("[{\"address\":\"127.0.0.1:18081\",\"num_requests\":3},"
                             "{\"address\":\"localhost:18081\",\"num_requests\":1},"
                             "{\"address\":\"127.0.0.1:9\",\"num_requests\":50},7]");

    (void)state;
    assert_int_equal(caddy_config_requests(upstreams, &route, 0), 4);
    assert_int_equal(caddy_config_requests(upstreams, &route, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slot_that_answers_is_read),
        cmocka_unit_test(only_the_upstreams_of_the_app_are_changed),
        cmocka_unit_test(a_configuration_nested_too_deeply_is_copied_as_it_is),
        cmocka_unit_test(requests_under_way_are_those_of_the_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
