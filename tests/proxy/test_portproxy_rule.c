/* Rules of portproxy as text. What Windows keeps in its registry: windows-facts of the project,
 * after the public source of PortProxyGUI and issues of microsoft/WSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/portproxy_rule.h"

#include <string.h>

typedef struct Reading {
    PortproxyFamily family;
    const char *name, *data, *text;
} Reading;

#define READ(family, name, data, text)                                                             \
    {                                                                                              \
        family, name, data, text                                                                   \
    }

static const Reading readings[] = {
    READ(V4TOV4, "0.0.0.0/8080", "127.0.0.1/9090", "v4tov4 0.0.0.0:8080 -> 127.0.0.1:9090"),
    READ(V6TOV4, "::/8080", "127.0.0.1/9090", "v6tov4 [::]:8080 -> 127.0.0.1:9090"),
    /* other spellings of the same address: they are the same rule to us */
    READ(V6TOV4, "0:0::0/8080", "127.0.0.1/9090", "v6tov4 [::]:8080 -> 127.0.0.1:9090"),
    READ(V6TOV6, "FD00::0005/80", "::0001/81", "v6tov6 [fd00::5]:80 -> [::1]:81"),
    /* netsh without listenaddress; names as typed */
    READ(V4TOV4, "*/3000", "localhost/3000", "v4tov4 *:3000 -> localhost:3000"),
    /* microsoft/WSL issue 8963: accepted, listed, and never listened on */
    READ(V4TOV4, "0.0.0.0/30000-50000", "10.0.0.9/30000-50000", "v4tov4 0.0.0.0:0 -> 10.0.0.9:0"),
    READ(V4TOV4, "0.0.0.0/65536", "10.0.0.9/", "v4tov4 0.0.0.0:0 -> 10.0.0.9:0"),
    READ(V4TOV4, "", "", "v4tov4 :0 -> :0"),
};

static void what_the_registry_keeps_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        char text[PORTPROXY_TEXT_SIZE];
        PortproxyRule rule;

        assert_true(
            portproxy_rule_parse(readings[i].family, readings[i].name, readings[i].data, &rule));
        assert_string_equal(portproxy_rule_text(&rule, text), readings[i].text);
    }
}

static void a_host_longer_than_any_is_no_rule(void **state)
{
    char name[400];
    PortproxyRule rule;

    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name + sizeof name - 4, "/80", 4);
    assert_false(portproxy_rule_parse(V4TOV4, name, "127.0.0.1/80", &rule));
    assert_false(portproxy_rule_parse(V4TOV4, "0.0.0.0/80", name, &rule));
}

typedef struct Pair {
    PortproxyFamily one_family;
    const char *one;
    PortproxyFamily other_family;
    const char *other;
    bool clash;
} Pair;

static const Pair pairs[] = {
    {V4TOV4, "0.0.0.0/8080",  V4TOV6, "0.0.0.0/8080",  true }, /* two keys, one socket */
    {V4TOV4, "0.0.0.0/8080",  V4TOV4, "0.0.0.0/8080",  false}, /* itself */
    {V4TOV4, "0.0.0.0/8080",  V4TOV4, "10.0.0.5/8080", true }, /* connections are split */
    {V4TOV4, "*/8080",        V4TOV4, "10.0.0.5/8080", true },
    {V4TOV4, "10.0.0.5/8080", V4TOV4, "10.0.0.6/8080", false},
    {V4TOV4, "10.0.0.5/8080", V4TOV4, "shop/8080",     true }, /* it may be its name */
    {V4TOV4, "0.0.0.0/8080",  V4TOV4, "0.0.0.0/8081",  false},
    {V4TOV4, "0.0.0.0/8080",  V6TOV4, "::/8080",       false}, /* two stacks, two sockets */
    {V6TOV4, "::/8080",       V6TOV6, "fd00::5/8080",  true },
    {V4TOV4, "0.0.0.0/x",     V4TOV6, "0.0.0.0/y",     false}, /* neither listens */
};

static void rules_for_the_same_connections_clash(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        PortproxyRule one, other;

        assert_true(portproxy_rule_parse(pairs[i].one_family, pairs[i].one, "127.0.0.1/1", &one));
        assert_true(
            portproxy_rule_parse(pairs[i].other_family, pairs[i].other, "127.0.0.1/2", &other));
        assert_int_equal(portproxy_rules_clash(&one, &other), pairs[i].clash);
        assert_int_equal(portproxy_rules_clash(&other, &one), pairs[i].clash);
    }
}

static char *joined(const TextList *list)
{
    CLEANUP_TEXT Text text = {0};

    for (size_t i = 0; i < list->count; i++)
        text_appendf(&text, "%s%s", i > 0 ? "|" : "", list->items[i]);
    return text_take(&text);
}

/* Source of the grammar: learn.microsoft.com, netsh interface portproxy. */
static void netsh_is_told_of_numbers_alone(void **state)
{
    const Address v4 = {.host = "0.0.0.0", .port = 8080};
    const Address v6 = {.host = "::", .port = 8080, .is_ipv6 = true};
    const Address slot = {.host = "127.0.0.1", .port = 18081};
    PortproxyRule first = portproxy_rule_for(&v4, &slot), second = portproxy_rule_for(&v6, &slot);
    CLEANUP_TEXT_LIST TextList set = {0};
    CLEANUP_TEXT_LIST TextList removal = {0};
    CLEANUP(free) char *set_text = NULL;
    CLEANUP(free) char *removal_text = NULL;
    Error err = {0};

    (void)state;
    assert_true(portproxy_set_arguments(&first, &set, &err));
    assert_true(portproxy_delete_arguments(&second, &removal, &err));
    set_text = joined(&set);
    removal_text = joined(&removal);
    assert_string_equal(set_text,
                        "interface|portproxy|set|v4tov4|listenaddress=0.0.0.0|listenport=8080|"
                        "connectaddress=127.0.0.1|connectport=18081|protocol=tcp");
    assert_string_equal(removal_text, "interface|portproxy|delete|v6tov4|listenaddress=::|"
                                      "listenport=8080|protocol=tcp");
}

static void a_rule_is_found_by_family_and_public_address(void **state)
{
    const Address listen = {.host = "0.0.0.0", .port = 8080};
    const Address slot = {.host = "127.0.0.1", .port = 18081};
    PortproxyRule wanted = portproxy_rule_for(&listen, &slot), rule;
    CLEANUP_PORTPROXY_RULES PortproxyRules rules = {0};
    Error err = {0};

    (void)state;
    assert_true(portproxy_rule_parse(V4TOV6, "0.0.0.0/8080", "::1/1", &rule));
    assert_true(portproxy_rules_add(&rules, &rule, &err));
    assert_null(portproxy_rules_find(&rules, &wanted));
    assert_true(portproxy_rule_parse(V4TOV4, "0.0.0.0/8080", "10.0.0.9/1", &rule));
    assert_true(portproxy_rules_add(&rules, &rule, &err));
    assert_non_null(portproxy_rules_find(&rules, &wanted));
    assert_string_equal(portproxy_rules_find(&rules, &wanted)->connect.host, "10.0.0.9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_registry_keeps_is_read),
        cmocka_unit_test(a_host_longer_than_any_is_no_rule),
        cmocka_unit_test(rules_for_the_same_connections_clash),
        cmocka_unit_test(netsh_is_told_of_numbers_alone),
        cmocka_unit_test(a_rule_is_found_by_family_and_public_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
