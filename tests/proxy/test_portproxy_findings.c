/* What `godeploy doctor` says of the portproxy rules of a host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/portproxy_findings.h"
#include "tests/proxy/portproxy_scene.h"

static void examine(Windows *windows, PortproxyFindings *out)
{
    PortproxyHost host = windows_host(windows);
    Error err = {0};

    assert_true(portproxy_examine(&host, out, &err));
    windows_end(windows);
}

static bool says(const PortproxyFindings *findings, const char *text)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strstr(findings->items[i].text, text))
            return findings->items[i].fix[0] != '\0';
    return false;
}

static void rules_that_work_are_no_finding(void **state)
{
    PortproxyFindings findings;
    Windows windows;

    (void)state;
    windows_begin(&windows);
    windows_has(&windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18081");
    windows_has(&windows, V4TOV4, "0.0.0.0/9000", "10.0.0.9/9000");
    windows_is_held(&windows, "127.0.0.1:18081", 99, "shop.exe");
    windows.ipv6_disabled = 0x20;
    examine(&windows, &findings);
    assert_int_equal(findings.rules, 2);
    assert_int_equal(findings.count, 0);
}

static void each_thing_that_is_wrong_is_a_finding(void **state)
{
    PortproxyFindings findings;
    Windows windows;

    (void)state;
    windows_begin(&windows);
    windows_has(&windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18081");
    windows_has(&windows, V4TOV6, "0.0.0.0/8080", "::1/18081");
    windows_has(&windows, V4TOV4, "0.0.0.0/30000-50000", "10.0.0.9/30000-50000");
    windows_has(&windows, V4TOV4, "0.0.0.0/81", "intranet/80");
    windows_has(&windows, V4TOV4, "192.0.2.1/82", "10.0.0.9/80");
    windows_has(&windows, V4TOV4, "0.0.0.0/83", "10.0.0.9/80");
    windows_is_held(&windows, "0.0.0.0:83", 77, "legacy.exe");
    windows.live.items[4].listen.port = 0; /* its address is not one of this host */
    windows.live.items[5].listen.port = 0;
    windows.ipv6_disabled = 0xFF;
    examine(&windows, &findings);
    assert_true(says(&findings, "v4tov4 0.0.0.0:8080 -> 127.0.0.1:18081 and v4tov6"));
    assert_true(says(&findings, "has no port that can be listened on"));
    assert_true(says(&findings, "v4tov4 0.0.0.0:81 -> intranet:80 leads to a name"));
    assert_true(says(&findings, "nobody listens for the portproxy rule v4tov4 192.0.2.1:82"));
    assert_true(says(&findings, "legacy.exe (process 77) listens in place of the portproxy rule"));
    assert_true(says(&findings, "nobody listens where the portproxy rule v4tov4 0.0.0.0:8080"));
    assert_true(says(&findings, "DisabledComponents 0xff"));
    assert_int_equal(findings.rules, 6);
}

static void a_dead_service_is_said_once_and_not_for_every_rule(void **state)
{
    PortproxyFindings findings;
    Windows windows;

    (void)state;
    windows_begin(&windows);
    windows_has(&windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18081");
    windows.service = (PortproxyService){.installed = true, .disabled = true};
    examine(&windows, &findings);
    assert_int_equal(findings.count, 1);
    assert_true(says(&findings, "is disabled: no portproxy rule works"));
}

static void more_than_there_is_room_for_are_counted(void **state)
{
    PortproxyFindings findings;
    Windows windows;

    (void)state;
    windows_begin(&windows);
    for (int i = 0; i < PORTPROXY_FINDINGS_MOST + 5; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "10.0.0.%d/x", i);
        windows_has(&windows, V4TOV4, name, "10.1.0.1/80");
    }
    examine(&windows, &findings);
    assert_int_equal(findings.count, PORTPROXY_FINDINGS_MOST);
    assert_true(findings.more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_that_work_are_no_finding),
        cmocka_unit_test(each_thing_that_is_wrong_is_a_finding),
        cmocka_unit_test(a_dead_service_is_said_once_and_not_for_every_rule),
        cmocka_unit_test(more_than_there_is_room_for_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
