#include "proxy/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_url_gives_host_port_and_path(void **state)
{
    static const struct {
        const char *url, *host, *path;
        uint16_t port;
    } cases[] = {
        {"http://127.0.0.1:8080/a?b=c#d", "127.0.0.1", "/a?b=c", 8080 },
        {"http://127.0.0.1",              "127.0.0.1", "/",      80   },
        {"http://localhost/",             "localhost", "/",      80   },
        {"http://[::1]:8080",             "::1",       "/",      8080 },
        {"http://[::1]/x",                "::1",       "/x",     80   },
        {"http://host:65535#top",         "host",      "/",      65535},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        LoadPlan plan = load_plan_default();
        Error err = {0};

        if (!load_plan_set_url(&plan, cases[i].url, &err))
            fail_msg("%s: %s", cases[i].url, err.message);
        assert_string_equal(plan.host, cases[i].host);
        assert_string_equal(plan.path, cases[i].path);
        assert_int_equal(plan.port, cases[i].port);
    }
}

static void other_urls_are_refused(void **state)
{
    static const char *const urls[] = {
        "https://127.0.0.1/", "ftp://127.0.0.1/",  "127.0.0.1:8080", "http://",
        "http://:80/",        "http://[::1/",      "http://[::1]x/", "http://h:0/",
        "http://h:65536/",    "http://h:8x/",      "http://h:/",     "http://u:p@h/",
        "http://h/a b",       "http://h/\r\nX: y", "http://h?x",     "http://ho st/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        LoadPlan plan = load_plan_default();
        Error err = {0};

        if (load_plan_set_url(&plan, urls[i], &err))
            fail_msg("%s was taken", urls[i]);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static void https_is_refused_with_what_to_try(void **state)
{
    LoadPlan plan = load_plan_default();
    Error err = {0};

    (void)state;
    assert_false(load_plan_set_url(&plan, "https://127.0.0.1/", &err));
    assert_non_null(strstr(err.message, "plain http"));
    assert_string_not_equal(err.hint, "");
}

static void a_mix_sets_all_weights(void **state)
{
    LoadPlan plan = load_plan_default();
    Error err = {0};

    (void)state;
    assert_true(load_plan_set_mix(&plan, "post:3,keepalive", &err));
    assert_int_equal(plan.weights[LOAD_KEEPALIVE], 1);
    assert_int_equal(plan.weights[LOAD_FRESH], 0);
    assert_int_equal(plan.weights[LOAD_POST], 3);
}

static void other_mixes_are_refused_and_change_nothing(void **state)
{
    static const char *const mixes[] = {"",       ",",       "fresh,", "frehs",     "fresh:x",
                                        "fresh:", "fresh:0", "post 2", "fresh:1001"};

    (void)state;
    for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++) {
        LoadPlan plan = load_plan_default();
        Error err = {0};

        if (load_plan_set_mix(&plan, mixes[i], &err))
            fail_msg("'%s' was taken", mixes[i]);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(plan.weights[LOAD_FRESH], load_plan_default().weights[LOAD_FRESH]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_gives_host_port_and_path),
        cmocka_unit_test(other_urls_are_refused),
        cmocka_unit_test(https_is_refused_with_what_to_try),
        cmocka_unit_test(a_mix_sets_all_weights),
        cmocka_unit_test(other_mixes_are_refused_and_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
