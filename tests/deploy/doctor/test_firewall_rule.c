/* Tests deploy/doctor/firewall_rule.c: rules as the registry has them ([MS-GPFAS] 2.2.2.19), and
 * what they say of a port. */
#include "deploy/doctor/firewall_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PORT = 8080 };

typedef struct Case {
    const char *rules[3];
    FirewallVerdict verdict;
} Case;

#define START "v2.30|Action=Allow|Active=TRUE|Dir=In|"
#define BLOCK "v2.30|Action=Block|Active=TRUE|Dir=In|"

#define SAYS(verdict, ...) {{__VA_ARGS__}, FIREWALL_##verdict},

/* clang-format off */
static const Case cases[] = {
    SAYS(SAYS_NOTHING, NULL)
    /* ports: one, one of several, a range ("LPort2_10" since v2.10), none named, a word */
    SAYS(ALLOWS, START "Protocol=6|LPort=8080|Name=Shop|")
    SAYS(ALLOWS, START "Protocol=6|LPort=80|LPort=8080|Name=Shop|")
    SAYS(ALLOWS, START "Protocol=6|LPort2_10=8000-8100|Name=Shop|")
    SAYS(ALLOWS, START "Protocol=6|Name=Shop|")
    SAYS(SAYS_NOTHING, START "Protocol=6|LPort=80|Name=Shop|")
    SAYS(SAYS_NOTHING, START "Protocol=6|LPort2_10=8081-8100|Name=Shop|")
    SAYS(SAYS_NOTHING, START "Protocol=6|LPort=RPC|Name=Shop|")
    SAYS(SAYS_NOTHING, START "Protocol=6|RPort=8080|LPort=80|Name=Shop|")
    /* another protocol (17 is UDP), the other direction, switched off */
    SAYS(ALLOWS, START "LPort=8080|")
    SAYS(SAYS_NOTHING, START "Protocol=17|LPort=8080|")
    SAYS(SAYS_NOTHING, "v2.30|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|LPort=8080|")
    SAYS(SAYS_NOTHING, "v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=8080|")
    /* for a program, for a service in it, for an app of the store */
    SAYS(ALLOWS, START "App=C:\\Windows\\System32\\SvcHost.exe|LPort=8080|")
    SAYS(ALLOWS, START "App=%SystemRoot%\\System32\\svchost.exe|Svc=iphlpsvc|")
    SAYS(SAYS_NOTHING, START "App=%SystemRoot%\\System32\\svchost.exe|Svc=dnscache|")
    SAYS(SAYS_NOTHING, START "App=C:\\shop\\shop.exe|LPort=8080|")
    SAYS(SAYS_NOTHING, START "PFN=store.app|LPort=8080|")
    /* what blocks beats what allows, wherever it stands */
    SAYS(BLOCKS, BLOCK "LPort=8080|", START "LPort=8080|")
    SAYS(BLOCKS, START "LPort=8080|", BLOCK "Protocol=6|")
    SAYS(ALLOWS, START "LPort=8080|", BLOCK "LPort=80|")
    SAYS(ALLOWS, "v2.30|Action=ByPass|Active=TRUE|Dir=In|Protocol=6|LPort=8080|")
    /* for some clients alone: addresses, profiles, users, interfaces; and beside one for all */
    SAYS(ALLOWS_SOME, START "LPort=8080|RA4=LocalSubnet|")
    SAYS(ALLOWS_SOME, START "LPort=8080|RA42=IntErnet|RA62=IntErnet|")
    SAYS(ALLOWS_SOME, START "LPort=8080|Profile=Domain|Profile=Private|")
    SAYS(ALLOWS, START "LPort=8080|Profile=Domain|Profile=Private|Profile=Public|")
    SAYS(ALLOWS_SOME, START "LPort=8080|RUAuth=O:LSD:(A;;CC;;;S-1-5-21-1)|Security=Authenticate|")
    SAYS(ALLOWS_SOME, START "LPort=8080|IFType=Lan|")
    SAYS(ALLOWS, START "LPort=8080|RA4=10.0.0.0/255.0.0.0|", START "LPort=8080|")
    SAYS(ALLOWS, START "LPort=8080|", BLOCK "LPort=8080|RA4=203.0.113.7|")
    SAYS(SAYS_NOTHING, BLOCK "LPort=8080|Profile=Public|")
    /* what is no rule at all */
    SAYS(SAYS_NOTHING, "")
    SAYS(SAYS_NOTHING, "|||")
    SAYS(SAYS_NOTHING, "=|=")
    SAYS(SAYS_NOTHING, "Active=TRUE|Dir=In|LPort=|")
};
/* clang-format on */

static void a_rule_is_read_as_windows_writes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_TEXT_LIST TextList rules = {0};
        Error err = {0};

        for (int j = 0; j < 3 && cases[i].rules[j]; j++)
            assert_true(text_list_add(&rules, cases[i].rules[j], &err));
        if (firewall_judge(&rules, PORT, "svchost.exe") != cases[i].verdict)
            fail_msg("case %d: %s", (int)i, cases[i].rules[0] ? cases[i].rules[0] : "no rule");
    }
}

static void a_field_of_any_length_is_survived(void **state)
{
    CLEANUP_TEXT_LIST TextList rules = {0};
    CLEANUP_TEXT Text rule = {0};
    Error err = {0};

    (void)state;
    text_append(&rule, START "Name=");
    for (int i = 0; i < 2000; i++)
        text_append(&rule, "x");
    text_append(&rule, "|LPort=8080|");
    assert_true(text_list_add(&rules, text_chars(&rule), &err));
    assert_int_equal(firewall_judge(&rules, PORT, "svchost.exe"), FIREWALL_ALLOWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_read_as_windows_writes_it),
        cmocka_unit_test(a_field_of_any_length_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
