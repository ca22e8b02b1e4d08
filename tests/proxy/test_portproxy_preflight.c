/* What is refused before a portproxy rule is set. Who may bind beside whom, with the sockets of two
 * accounts and no options, on Windows Server 2003 and later:
 * learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/portproxy_preflight.h"
#include "tests/proxy/portproxy_scene.h"

typedef struct Case {
    const char *held;        /* address of the listener; NULL: none */
    int64_t pid;             /* its owner */
    PortproxyFamily family;  /* of a rule that is there */
    const char *name, *data; /* it; NULL: none */
    bool take_over;
    const char *replaces;   /* a service of theirs that may be stopped */
    const char *unbindable; /* why the address cannot be bound */
    const char *said;       /* NULL: nothing stands against it */
} Case;

#define HELD(at, pid, take_over, said)                                                             \
    {                                                                                              \
        at, pid, V4TOV4, NULL, NULL, take_over, NULL, NULL, said                                   \
    }
#define RULE(family, name, data, take_over, said)                                                  \
    {                                                                                              \
        NULL, 0, family, name, data, take_over, NULL, NULL, said                                   \
    }
#define REPLACES(at, pid, name, said)                                                              \
    {                                                                                              \
        at, pid, V4TOV4, NULL, NULL, false, name, NULL, said                                       \
    }
#define UNBINDABLE(at, pid, why, replaces, said)                                                   \
    {                                                                                              \
        at, pid, V4TOV4, NULL, NULL, false, replaces, why, said                                    \
    }

static const Case cases[] = {
    HELD(NULL, 0, false, NULL),
    /* the legacy service of the first day */
    HELD("0.0.0.0:8080", 78, false, "legacy.exe (process 78) listens on 0.0.0.0:8080, and Windows"),
    HELD("0.0.0.0:8080", PID_OF_LEGACY, false,
         "service LegacyShop (legacy.exe, process 77) listens on 0.0.0.0:8080, and Windows"),
    REPLACES("0.0.0.0:8080", PID_OF_LEGACY, "legacyshop", NULL),
    REPLACES("10.0.0.5:8080", PID_OF_LEGACY, LEGACY, NULL),
    REPLACES("[::]:8080", 0, LEGACY, NULL),
    REPLACES("0.0.0.0:8080", 78, LEGACY, "legacy.exe (process 78) listens on 0.0.0.0:8080, and"),
    REPLACES("0.0.0.0:8080", PID_OF_LEGACY, "Other", "service LegacyShop (legacy.exe, process 77)"),
    UNBINDABLE("[::]:8080", 78, "taken", NULL, "lets no portproxy rule listen on 0.0.0.0:8080"),
    UNBINDABLE("[::]:8080", PID_OF_LEGACY, "taken", LEGACY, NULL),
    UNBINDABLE(NULL, 0, "taken", LEGACY, NULL),
    UNBINDABLE(NULL, 0, "taken", "Other", "nothing can listen on 0.0.0.0:8080: taken"),
    HELD("0.0.0.0:8080", 77, true, "lets no portproxy rule listen on 0.0.0.0:8080 beside it"),
    HELD("[::]:8080", 78, true, "legacy.exe (process 78) listens on [::]:8080, and Windows"),
    HELD("0.0.0.0:8080", 4, false, "the system (http.sys, as IIS uses it) listens"),
    HELD("0.0.0.0:8080", 0, false, "a program that cannot be seen listens on 0.0.0.0:8080"),
    /* on one address: both listen, and connections are split */
    HELD("10.0.0.5:8080", 77, false, "it would go on answering there"),
    HELD("10.0.0.5:8080", 77, true, NULL),
    HELD("127.0.0.1:8080", 77, true, "lets no portproxy rule listen on 0.0.0.0:8080 beside it"),
    HELD("0.0.0.0:9090", 77, false, NULL),
    /* the relay itself */
    HELD("0.0.0.0:8080", PID_OF_IPHLPSVC, false, NULL),
    /* ranges that Hyper-V keeps: nobody is seen, and binding fails */
    UNBINDABLE(NULL, 0, "no permission for that port", NULL,
               "nothing can listen on 0.0.0.0:8080: no permission for that port"),
    /* rules */
    RULE(V4TOV4, "0.0.0.0/8080", "127.0.0.1/18082", false, NULL),
    RULE(V4TOV4, "0.0.0.0/8080", "127.0.0.1/9090", false, "is not of shop"),
    RULE(V4TOV4, "0.0.0.0/8080", "127.0.0.1/9090", true, NULL),
    RULE(V4TOV4, "0.0.0.0/8080", "127.0.0.1/none", true, "is not of shop"),
    RULE(V4TOV6, "0.0.0.0/8080", "::1/18082", true, "v4tov6 0.0.0.0:8080 -> [::1]:18082 stands in"),
    RULE(V4TOV4, "*/8080", "127.0.0.1/18082", true, "v4tov4 *:8080 -> 127.0.0.1:18082 stands in"),
    RULE(V6TOV6, "fd00::5/8080", "::1/1", true, "stands in the way of v6tov4 [::]:8080"),
    RULE(V4TOV4, "0.0.0.0/9000", "10.0.0.9/9000", false, NULL),
};

static void arrange(Windows *windows, EngineContext *context, const Case *c)
{
    windows_begin(windows);
    if (c->held)
        windows_is_held(windows, c->held, c->pid,
                        c->pid == PID_OF_IPHLPSVC ? "svchost.exe" : "legacy.exe");
    if (c->name)
        windows_has(windows, c->family, c->name, c->data);
    windows->unbindable = c->unbindable;
    windows->legacy = (PortproxyLegacy){.installed = true, .running = true};
    *context = shop("/nowhere");
    context->options.portproxy_take_over = c->take_over;
    context->options.portproxy_replaces = c->replaces;
}

static void what_windows_would_not_serve_is_refused_before_anything_starts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EngineContext context;
        PortproxyHost host;
        Windows windows;
        Error err = {0};

        arrange(&windows, &context, &cases[i]);
        host = windows_host(&windows);
        assert_int_equal(portproxy_preflight(&host, &context, &err), cases[i].said == NULL);
        if (cases[i].said) {
            assert_int_equal(err.code, ERR_ENGINE);
            assert_non_null(strstr(err.message, cases[i].said));
            assert_true(err.hint[0] != '\0');
        }
        assert_string_equal(text_chars(&windows.log), "");
        windows_end(&windows);
    }
}

static void who_may_not_change_rules_hears_it_first(void **state)
{
    EngineContext context = shop("/nowhere");
    Windows windows;
    PortproxyHost host;
    Error err = {0};

    (void)state;
    windows_begin(&windows);
    windows.no_permission = true;
    host = windows_host(&windows);
    assert_false(portproxy_preflight(&host, &context, &err));
    assert_int_equal(err.code, ERR_PERMISSION);
    windows_end(&windows);
}

/* The whole of what an operator is told fits, with the longest numbers there are. */
static void the_way_out_is_told_whole(void **state)
{
    EngineContext context = shop("/nowhere");
    Windows windows;
    PortproxyHost host;
    Error err = {0};

    (void)state;
    (void)address_parse("[2001:db8:1111:2222:3333:4444:5555:6666]:65535", &context.route.listen[0],
                        &err);
    context.route.listen_count = 1;
    windows_begin(&windows);
    windows_is_held(&windows, "[::]:65535", 4294967295,
                    "a-program-with-a-long-name-of-its-own.exe");
    host = windows_host(&windows);
    assert_false(portproxy_preflight(&host, &context, &err));
    assert_non_null(strstr(err.hint, "Or give traffic.listen another port."));
    windows_end(&windows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_windows_would_not_serve_is_refused_before_anything_starts),
        cmocka_unit_test(who_may_not_change_rules_hears_it_first),
        cmocka_unit_test(the_way_out_is_told_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
