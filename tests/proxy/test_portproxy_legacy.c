/* The first day: a service of the operator's holds the public addresses itself, and a flip to
 * portproxy has to stop it first. Whatever fails, it is as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/portproxy_legacy.h"
#include "tests/proxy/portproxy_flip_scene.h"

#define SET_BOTH SET_V4("18082") SET_V6("18082")

/* The service listens on both stacks, and is started at boot. */
static void begin_with_legacy(Scene *scene)
{
    begin(scene);
    windows_is_held(&scene->windows, "0.0.0.0:8080", PID_OF_LEGACY, "legacy.exe");
    windows_is_held(&scene->windows, "[::]:8080", PID_OF_LEGACY, "legacy.exe");
    scene->windows.legacy =
        (PortproxyLegacy){.installed = true, .running = true, .start = PORTPROXY_STARTS_AT_BOOT};
    scene->windows.stop_ms = 1500;
    scene->context.options.portproxy_replaces = LEGACY;
}

static bool flip(Scene *scene, Error *err)
{
    return flip_to(scene, GREEN, err);
}

static void assert_replaced(const Scene *scene)
{
    assert_false(scene->windows.legacy.running);
    assert_int_equal(scene->windows.legacy.start, PORTPROXY_STARTS_ON_DEMAND);
    assert_int_equal(scene->windows.registry.count, 2);
}

static void assert_as_before(const Scene *scene)
{
    assert_true(scene->windows.legacy.running);
    assert_int_equal(scene->windows.legacy.start, PORTPROXY_STARTS_AT_BOOT);
    assert_int_equal(scene->windows.registry.count, 0);
}

static void a_flip_stops_the_service_and_no_boot_starts_it_once_the_rules_work(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin_with_legacy(&scene);
    assert_true(flip(&scene, &err));
    assert_string_equal(text_chars(&scene.windows.log),
                        "stop " LEGACY "\n" SET_BOTH LEGACY " on demand\n");
    assert_replaced(&scene);
    assert_true(flip(&scene, &err));
    assert_replaced(&scene);
    end(&scene);
}

static void it_is_as_it_was_when_the_first_deployment_is_undone(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin_with_legacy(&scene);
    assert_true(flip(&scene, &err));
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_as_before(&scene);
    text_free(&scene.windows.log);
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_string_equal(text_chars(&scene.windows.log), ""); /* once is enough */
    end(&scene);
}

/* ---- what fails ---- */

typedef struct Failure {
    const char *name;
    void (*arrange)(Scene *scene);
    const char *said;
} Failure;

static void it_never_stops(Scene *scene)
{
    scene->windows.stop_ms = NEVER;
}

static void its_port_stays_taken(Scene *scene)
{
    scene->windows.unbindable = "taken";
}

static void netsh_refuses(Scene *scene)
{
    scene->windows.refused_call = 2;
}

static void nobody_listens(Scene *scene)
{
    scene->windows.gap_ms = INT32_MAX;
}

#define FAILS(what, said)                                                                          \
    {                                                                                              \
#what, what, said                                                                          \
    }

static const Failure failures[] = {
    FAILS(it_never_stops, "service LegacyShop was asked to stop and did not in 60 s"),
    FAILS(its_port_stays_taken, "service LegacyShop has stopped, and 0.0.0.0:8080 is still taken"),
    FAILS(netsh_refuses, "netsh refused"),
    FAILS(nobody_listens, "nobody listens on 0.0.0.0:8080"),
};

static void whatever_fails_it_serves_as_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        Scene scene;
        Error err;

        begin_with_legacy(&scene);
        failures[i].arrange(&scene);
        print_message("%s\n", failures[i].name);
        assert_false(flip(&scene, &err));
        assert_int_equal(err.code, ERR_FLIP);
        assert_non_null(strstr(err.message, failures[i].said));
        assert_as_before(&scene);
        end(&scene);
    }
}

/* ---- a deployer that is killed ---- */

/* Between the stop and the rules: nobody serves. */
static void cut_behind_the_stop(Scene *scene)
{
    const PortproxyRules none = {0};
    bool stopped = false;
    Error err = {0};

    begin_with_legacy(scene);
    assert_true(portproxy_legacy_stop(&scene->host, &scene->context, &none, &stopped, &err));
    assert_true(stopped);
    assert_false(scene->windows.legacy.running);
}

static void a_flip_that_was_cut_is_finished_or_undone_by_the_next_command(void **state)
{
    Scene scene;
    Error err = {0};

    (void)state;
    cut_behind_the_stop(&scene);
    assert_true(flip(&scene, &err));
    assert_replaced(&scene);
    end(&scene);
    cut_behind_the_stop(&scene);
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_as_before(&scene);
    end(&scene);
}

/* The host booted before the flip was over: both the rules and the service are there. */
static void a_boot_in_the_middle_is_no_obstacle(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin_with_legacy(&scene);
    windows_has(&scene.windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18082");
    assert_true(flip(&scene, &err));
    assert_replaced(&scene);
    end(&scene);
}

static void one_that_was_deleted_meanwhile_is_forgotten(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin_with_legacy(&scene);
    assert_true(flip(&scene, &err));
    scene.windows.legacy = (PortproxyLegacy){0};
    assert_true(flip(&scene, &err));
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_false(scene.windows.legacy.running);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flip_stops_the_service_and_no_boot_starts_it_once_the_rules_work),
        cmocka_unit_test(it_is_as_it_was_when_the_first_deployment_is_undone),
        cmocka_unit_test(whatever_fails_it_serves_as_before),
        cmocka_unit_test(a_flip_that_was_cut_is_finished_or_undone_by_the_next_command),
        cmocka_unit_test(a_boot_in_the_middle_is_no_obstacle),
        cmocka_unit_test(one_that_was_deleted_meanwhile_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
