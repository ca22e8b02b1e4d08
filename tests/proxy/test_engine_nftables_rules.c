/* A route as rules of nftables. What the kernel makes of them: tests/e2e/nftables_test.go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/engine_nftables_rules.h"

#include <stdio.h>
#include <string.h>

static Route shop(void)
{
    return (Route){
        .mode = ROUTE_TCP,
        .listen = {{.host = "0.0.0.0", .port = 8080},
                   {.host = "fd00::5", .port = 8080, .is_ipv6 = true}                },
        .listen_count = 2,
        .slots = {{.name = "blue", .address = {.host = "127.0.0.1", .port = 18081}},
                   {.name = "green", .address = {.host = "127.0.0.1", .port = 18082}}},
        .slot_count = 2,
        .active = 1,
        .release = "2.0.0"
    };
}

static const char whole[] =
    "add table inet godeploy-shop\n"
    "add counter inet godeploy-shop blue\n"
    "add counter inet godeploy-shop green\n"
    "add chain inet godeploy-shop serve\n"
    "add chain inet godeploy-shop prerouting { type nat hook prerouting priority -101; }\n"
    "add chain inet godeploy-shop output { type nat hook output priority -101; }\n"
    "add chain inet godeploy-shop guard { type filter hook input priority 0; }\n"
    "flush table inet godeploy-shop\n"
    "add rule inet godeploy-shop serve meta l4proto tcp counter name \"green\" redirect to :18082 "
    "comment \"release 2.0.0\"\n"
    "add rule inet godeploy-shop prerouting meta nfproto ipv4 fib daddr type local tcp dport 8080 "
    "tcp flags & (fin | syn | rst | ack) == syn jump serve\n"
    "add rule inet godeploy-shop output meta nfproto ipv4 fib daddr type local tcp dport 8080 tcp "
    "flags & (fin | syn | rst | ack) == syn jump serve\n"
    "add rule inet godeploy-shop prerouting ip6 daddr fd00::5 tcp dport 8080 tcp flags & (fin | "
    "syn | rst | ack) == syn jump serve\n"
    "add rule inet godeploy-shop output ip6 daddr fd00::5 tcp dport 8080 tcp flags & (fin | syn | "
    "rst | ack) == syn jump serve\n"
    "add rule inet godeploy-shop guard iifname != \"lo\" tcp dport { 18081, 18082 } ct status & "
    "dnat == 0 reject with tcp reset\n";

static void a_route_is_one_transaction(void **state)
{
    const Route route = shop();
    CLEANUP_TEXT Text commands = {0};
    Error err = {0};

    (void)state;
    assert_true(nftables_write_route("godeploy-shop", &route, &commands, &err));
    assert_string_equal(text_chars(&commands), whole);
}

static void a_canary_comes_before_the_rest(void **state)
{
    Route route = shop();
    CLEANUP_TEXT Text commands = {0};
    Error err = {0};

    (void)state;
    route.candidate_ppm = 50000;
    assert_true(nftables_write_route("t", &route, &commands, &err));
    assert_non_null(strstr(text_chars(&commands),
                           "serve meta l4proto tcp numgen random mod 1000000 < 50000 counter name "
                           "\"blue\" redirect to :18081\nadd rule inet t serve meta l4proto tcp "
                           "counter name \"green\" redirect to :18082 comment"));
}

static void a_route_to_nobody_serves_nobody(void **state)
{
    Route route = shop();
    CLEANUP_TEXT Text commands = {0};
    Error err = {0};

    (void)state;
    route.active = ROUTE_NO_SLOT;
    assert_true(nftables_write_route("t", &route, &commands, &err));
    assert_null(strstr(text_chars(&commands), "redirect"));
}

/* A release is named by who made it: only what cannot end the quotation is written. */
static void a_release_with_odd_characters_is_left_out(void **state)
{
    static const char *const odd[] = {"",        "2.0\" ; flush ruleset", "a b", "a\nb", "a\\b",
                                      "\xc3\xa9"};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        Route route = shop();
        CLEANUP_TEXT Text commands = {0};
        Error err = {0};

        (void)snprintf(route.release, sizeof route.release, "%s", odd[i]);
        assert_true(nftables_write_route("t", &route, &commands, &err));
        assert_null(strstr(text_chars(&commands), "comment"));
    }
}

static void only_a_name_is_a_name_of_a_table(void **state)
{
    static const char *const wrong[] = {"", "1st", "a b", "a;b", "a\nb", "a{", "-a", "a\"b"};

    (void)state;
    assert_true(nftables_is_name("godeploy-shop_2.x"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(nftables_is_name(wrong[i]));
}

/* ---- reading ---- */

#define JUMP(chain)                                                                                \
    "{\"rule\":{\"chain\":\"" chain "\",\"expr\":[{\"match\":{\"op\":\"==\"}},"                    \
    "{\"jump\":{\"target\":\"serve\"}}]}},"
#define JUMPS JUMP("prerouting") JUMP("output") JUMP("prerouting") JUMP("output")
#define SERVE(port)                                                                                \
    "{\"rule\":{\"chain\":\"serve\",\"comment\":\"release 2.0.0\",\"expr\":[{\"counter\":"         \
    "\"green\"},{\"redirect\":{\"port\":" port "}}]}},"
#define CANARY                                                                                     \
    "{\"rule\":{\"chain\":\"serve\",\"expr\":[{\"match\":{\"left\":{\"numgen\":{\"mod\":1000000}}" \
    ",\"right\":50000}},{\"counter\":\"blue\"},{\"redirect\":{\"port\":18081}}]}},"
#define COUNTER "{\"counter\":{\"name\":\"green\",\"packets\":7}}"

#define CASE(rules, known, active, release, ppm)                                                   \
    {                                                                                              \
        "{\"nftables\":[" rules COUNTER "]}", known, active, release, ppm                          \
    }

static const struct {
    const char *listing;
    bool known;
    int active;
    const char *release;
    int64_t candidate_ppm;
} listings[] = {
    CASE(JUMPS SERVE("18082"), true, 1, "2.0.0", 0),
    CASE(JUMPS SERVE("18081"), true, 0, "2.0.0", 0),
    CASE(CANARY JUMPS SERVE("18082"), true, 1, "2.0.0", 50000),
    CASE(JUMPS SERVE("9"), true, ROUTE_NO_SLOT, "2.0.0", 0),
    CASE(JUMPS, true, ROUTE_NO_SLOT, "", 0),
    CASE(JUMPS CANARY, true, ROUTE_NO_SLOT, "", 50000),
    CASE(JUMP("prerouting") JUMP("output") SERVE("18082"), false, ROUTE_NO_SLOT, "", 0),
    CASE(JUMP("output") JUMP("output") SERVE("18082"), false, ROUTE_NO_SLOT, "", 0),
    CASE("", false, ROUTE_NO_SLOT, "", 0),
    CASE("7,null,[],{\"rule\":7},{\"rule\":{\"chain\":[]}},", false, ROUTE_NO_SLOT, "", 0),
};

static void a_listing_says_who_serves(void **state)
{
    const Route route = shop();

    (void)state;
    for (size_t i = 0; i < sizeof listings / sizeof listings[0]; i++) {
        CLEANUP(json_free) Json *json = NULL;
        EngineView view = {0};
        Error err = {0};

        assert_true(json_parse(listings[i].listing, strlen(listings[i].listing), &json, &err));
        nftables_read_route(json, &route, &view);
        assert_int_equal(view.known, listings[i].known);
        assert_int_equal(view.active, listings[i].active);
        assert_string_equal(view.release, listings[i].release);
        assert_int_equal(view.candidate_ppm, listings[i].candidate_ppm);
        assert_int_equal(nftables_read_count(json, "green"), 7);
        assert_int_equal(nftables_read_count(json, "blue"), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_is_one_transaction),
        cmocka_unit_test(a_canary_comes_before_the_rest),
        cmocka_unit_test(a_route_to_nobody_serves_nobody),
        cmocka_unit_test(a_release_with_odd_characters_is_left_out),
        cmocka_unit_test(only_a_name_is_a_name_of_a_table),
        cmocka_unit_test(a_listing_says_who_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
