/* The protocol of engine portproxy against a Windows that fails at every step. What a real one does
 * can only be seen there: packaging/windows/acceptance.ps1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/engine/portproxy_view.h"
#include "tests/proxy/portproxy_flip_scene.h"

#define DELETE_V4                                                                                  \
    "interface portproxy delete v4tov4 listenaddress=0.0.0.0 listenport=8080 protocol=tcp\n"
#define DELETE_V6                                                                                  \
    "interface portproxy delete v6tov4 listenaddress=:: listenport=8080 protocol=tcp\n"

#define ON_BLUE  "v4tov4 0.0.0.0:8080 -> 127.0.0.1:18081; v6tov4 [::]:8080 -> 127.0.0.1:18081"
#define ON_GREEN "v4tov4 0.0.0.0:8080 -> 127.0.0.1:18082; v6tov4 [::]:8080 -> 127.0.0.1:18082"

static void serves_blue(Scene *scene)
{
    begin(scene);
    windows_has(&scene->windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18081");
    windows_has(&scene->windows, V6TOV4, "::/8080", "127.0.0.1/18081");
}

static void assert_rules(const Scene *scene, const char *wanted)
{
    CLEANUP(free) char *rules = windows_rules(&scene->windows);

    assert_string_equal(rules, wanted);
}

static void assert_log(const Scene *scene, const char *wanted)
{
    assert_string_equal(text_chars(&scene->windows.log), wanted);
}

/* ---- it works ---- */

static void a_flip_changes_one_rule_for_each_stack_in_place(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    assert_true(flip_to(&scene, GREEN, &err));
    assert_log(&scene, SET_V4("18082") SET_V6("18082"));
    assert_rules(&scene, ON_GREEN);
    end(&scene);
}

static void a_route_that_stands_is_left_alone(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    assert_true(flip_to(&scene, BLUE, &err));
    assert_log(&scene, "");
    end(&scene);
}

static void a_gap_behind_the_change_is_waited_for(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    scene.windows.gap_ms = 800;
    assert_true(flip_to(&scene, GREEN, &err));
    assert_log(&scene, SET_V4("18082") SET_V6("18082"));
    end(&scene);
}

static void a_service_that_did_not_hear_is_reminded_once(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    scene.windows.unnoticed = true;
    assert_true(flip_to(&scene, GREEN, &err));
    assert_log(&scene, SET_V4("18082") SET_V6("18082") "remind\n");
    assert_rules(&scene, ON_GREEN);
    end(&scene);
}

static void owners_that_cannot_be_seen_are_no_obstacle(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    scene.windows.owners_unseen = true;
    assert_true(flip_to(&scene, GREEN, &err));
    end(&scene);
}

/* ---- it does not ---- */

/* What goes wrong, what netsh and the service were told, and what is said of it. */
typedef struct Failure {
    const char *name;
    void (*arrange)(Scene *scene);
    const char *log, *said;
} Failure;

static void netsh_refuses_the_first(Scene *scene)
{
    scene->windows.refused_call = 1;
}

static void netsh_refuses_the_second(Scene *scene)
{
    scene->windows.refused_call = 2;
}

static void netsh_writes_nothing(Scene *scene)
{
    scene->windows.writes_nothing = true;
}

static void the_service_is_deaf(Scene *scene)
{
    scene->windows.unnoticed = true;
    scene->windows.deaf = true;
}

static void nobody_ever_listens(Scene *scene)
{
    scene->windows.gap_ms = 3600 * 1000;
}

/* A stranger's connection to the slot is no proof. */
static void nothing_comes_out(Scene *scene)
{
    scene->windows.relay_to_nobody = true;
}

/* Exit 0, and the place was taken before. */
static void somebody_else_listens(Scene *scene)
{
    scene->windows.gap_ms = 3600 * 1000;
    windows_is_held(&scene->windows, "0.0.0.0:8080", 77, "legacy.exe");
}

#define BOTH(port) SET_V4(port) SET_V6(port)
#define FAILS(what, log, said)                                                                     \
    {                                                                                              \
#what, what, log, said                                                                     \
    }

static const Failure failures[] = {
    FAILS(netsh_refuses_the_first, SET_V4("18082"), "Zugriff verweigert"),
    FAILS(netsh_refuses_the_second, BOTH("18082") SET_V4("18081"), "Zugriff verweigert"),
    FAILS(netsh_writes_nothing, BOTH("18082") "remind\n",
          "the registry has no portproxy rule v4tov4 0.0.0.0:8080 -> 127.0.0.1:18082"),
    FAILS(the_service_is_deaf, BOTH("18082") "remind\n" BOTH("18081"),
          "0.0.0.0:8080: a connection that did not reach slot green"),
    FAILS(nobody_ever_listens, BOTH("18082") "remind\n" BOTH("18081"),
          "nobody listens on 0.0.0.0:8080"),
    FAILS(nothing_comes_out, BOTH("18082") "remind\n" BOTH("18081"), "did not reach slot green"),
    FAILS(somebody_else_listens, BOTH("18082") "remind\n" BOTH("18081"),
          "legacy.exe (process 77) listens on 0.0.0.0:8080, not the service iphlpsvc"),
};

static void what_goes_wrong_sets_the_old_rules_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        Scene scene;
        Error err;

        serves_blue(&scene);
        failures[i].arrange(&scene);
        print_message("%s\n", failures[i].name);
        assert_false(flip_to(&scene, GREEN, &err));
        assert_int_equal(err.code, ERR_FLIP);
        assert_non_null(strstr(err.message, failures[i].said));
        assert_log(&scene, failures[i].log);
        assert_rules(&scene, ON_BLUE);
        end(&scene);
    }
}

static void rules_that_were_not_there_are_removed_again(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin(&scene);
    scene.windows.refused_call = 2;
    assert_false(flip_to(&scene, GREEN, &err));
    assert_log(&scene, BOTH("18082") DELETE_V4);
    assert_rules(&scene, "");
    end(&scene);
}

static void a_dead_service_is_found_before_anything_is_changed(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    scene.windows.service = (PortproxyService){.installed = true};
    assert_false(flip_to(&scene, GREEN, &err));
    assert_int_equal(err.code, ERR_ENGINE);
    assert_non_null(strstr(err.message, "does not run"));
    assert_non_null(strstr(err.hint, "Never restart"));
    assert_log(&scene, "");
    end(&scene);
}

static void old_rules_that_cannot_be_set_again_are_told(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    the_service_is_deaf(&scene);
    scene.windows.refused_call = 3;
    assert_false(flip_to(&scene, GREEN, &err));
    assert_int_equal(err.code, ERR_ENGINE);
    assert_non_null(strstr(err.message, "and it could not be made as it was"));
    end(&scene);
}

static void nobody_is_no_place_to_lead_to(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    serves_blue(&scene);
    assert_false(flip_to(&scene, ROUTE_NO_SLOT, &err));
    assert_rules(&scene, ON_BLUE);
    end(&scene);
}

/* ---- cut between the two stacks ---- */

static void half_a_flip_is_seen_and_finished_either_way(void **state)
{
    (void)state;
    for (int slot = BLUE; slot <= GREEN; slot++) {
        EngineView view = {0};
        Scene scene;
        Error err;

        begin(&scene);
        windows_has(&scene.windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/18082");
        windows_has(&scene.windows, V6TOV4, "::/8080", "127.0.0.1/18081");
        assert_true(portproxy_show(&scene.host, &scene.context, &view, &err));
        assert_true(view.running);
        assert_false(view.known);
        assert_string_equal(view.trouble, "0.0.0.0:8080 leads to green, and [::]:8080 to blue");
        assert_true(flip_to(&scene, slot, &err));
        assert_log(&scene, slot == BLUE ? SET_V4("18081") : SET_V6("18082"));
        assert_true(portproxy_show(&scene.host, &scene.context, &view, &err));
        assert_true(view.known);
        assert_int_equal(view.active, slot);
        end(&scene);
    }
}

/* ---- removing, and taking over ---- */

static void our_rules_alone_are_removed(void **state)
{
    Scene scene;
    Error err = {0};

    (void)state;
    serves_blue(&scene);
    windows_has(&scene.windows, V4TOV4, "0.0.0.0/9000", "10.0.0.9/9000");
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_log(&scene, DELETE_V4 DELETE_V6);
    assert_rules(&scene, "v4tov4 0.0.0.0:9000 -> 10.0.0.9:9000");
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_log(&scene, DELETE_V4 DELETE_V6);
    end(&scene);
}

static void what_leads_elsewhere_by_now_is_left_alone(void **state)
{
    Scene scene;
    Error err = {0};

    (void)state;
    begin(&scene);
    windows_has(&scene.windows, V4TOV4, "0.0.0.0/8080", "10.0.0.9/80");
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_log(&scene, "");
    end(&scene);
}

static void somebody_elses_rule_is_not_changed(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin(&scene);
    windows_has(&scene.windows, V4TOV4, "0.0.0.0/8080", "127.0.0.1/9090");
    assert_false(flip_to(&scene, GREEN, &err));
    assert_int_equal(err.code, ERR_ENGINE);
    assert_non_null(strstr(err.message, "v4tov4 0.0.0.0:8080 -> 127.0.0.1:9090 is not of shop"));
    assert_log(&scene, "");
    end(&scene);
}

static void a_rule_that_was_taken_over_is_set_again_at_the_end(void **state)
{
    Scene scene;
    Error err;

    (void)state;
    begin(&scene);
    windows_has(&scene.windows, V4TOV4, "0.0.0.0/8080", "legacy/9090");
    scene.context.options.portproxy_take_over = true;
    assert_true(flip_to(&scene, BLUE, &err));
    assert_true(flip_to(&scene, GREEN, &err)); /* another slot is no new owner */
    assert_rules(&scene, ON_GREEN);
    assert_true(portproxy_remove(&scene.host, &scene.context, &err));
    assert_rules(&scene, "v4tov4 0.0.0.0:8080 -> legacy:9090");
    end(&scene);
}

/* ---- what is seen ---- */

typedef struct Sight {
    const char *name;
    void (*arrange)(Scene *scene);
    bool running;
    const char *trouble, *fix;
} Sight;

static void service_is_stopped(Scene *scene)
{
    scene->windows.service = (PortproxyService){.installed = true};
}

static void service_is_disabled(Scene *scene)
{
    scene->windows.service = (PortproxyService){.installed = true, .disabled = true};
}

static void service_is_not_there(Scene *scene)
{
    scene->windows.service = (PortproxyService){0};
}

static void rule_is_missing(Scene *scene)
{
    scene->windows.registry.count = 1;
}

static void rule_leads_elsewhere(Scene *scene)
{
    scene->windows.registry.items[0].connect.port = 7777;
}

#define SEES(what, running, trouble, fix)                                                          \
    {                                                                                              \
#what, what, running, trouble, fix                                                         \
    }

static const Sight sights[] = {
    SEES(service_is_stopped, false, "iphlpsvc (IP Helper) does not run", "sc.exe start iphlpsvc"),
    SEES(service_is_disabled, false, "iphlpsvc (IP Helper) is disabled", "start= auto"),
    SEES(service_is_not_there, false, "there is no service iphlpsvc", "embedded"),
    SEES(rule_is_missing, true, "there is no portproxy rule for [::]:8080", NULL),
    SEES(rule_leads_elsewhere, true, "127.0.0.1:7777 leads to no slot of shop", NULL),
    SEES(nobody_ever_listens, true, "nobody listens on 0.0.0.0:8080", NULL),
    SEES(somebody_else_listens, true, "legacy.exe (process 77) listens on 0.0.0.0:8080", NULL),
};

static void a_dead_service_is_told_from_a_missing_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sights / sizeof sights[0]; i++) {
        EngineView view = {0};
        Scene scene;
        Error err = {0};

        serves_blue(&scene);
        sights[i].arrange(&scene);
        if (scene.windows.gap_ms > 0)
            windows_hear(&scene.windows);
        print_message("%s\n", sights[i].name);
        assert_true(portproxy_show(&scene.host, &scene.context, &view, &err));
        assert_int_equal(view.running, sights[i].running);
        assert_false(view.known);
        assert_int_equal(view.active, ROUTE_NO_SLOT);
        assert_non_null(strstr(view.trouble, sights[i].trouble));
        assert_int_equal(view.fix == NULL, sights[i].fix == NULL);
        if (sights[i].fix)
            assert_non_null(strstr(view.fix, sights[i].fix));
        end(&scene);
    }
}

static void a_route_that_works_is_known(void **state)
{
    EngineView view = {0};
    Scene scene;
    Error err = {0};

    (void)state;
    serves_blue(&scene);
    assert_true(portproxy_show(&scene.host, &scene.context, &view, &err));
    assert_true(view.running && view.known);
    assert_int_equal(view.active, BLUE);
    assert_string_equal(view.trouble, "");
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flip_changes_one_rule_for_each_stack_in_place),
        cmocka_unit_test(a_route_that_stands_is_left_alone),
        cmocka_unit_test(a_gap_behind_the_change_is_waited_for),
        cmocka_unit_test(a_service_that_did_not_hear_is_reminded_once),
        cmocka_unit_test(owners_that_cannot_be_seen_are_no_obstacle),
        cmocka_unit_test(what_goes_wrong_sets_the_old_rules_again),
        cmocka_unit_test(rules_that_were_not_there_are_removed_again),
        cmocka_unit_test(a_dead_service_is_found_before_anything_is_changed),
        cmocka_unit_test(old_rules_that_cannot_be_set_again_are_told),
        cmocka_unit_test(nobody_is_no_place_to_lead_to),
        cmocka_unit_test(half_a_flip_is_seen_and_finished_either_way),
        cmocka_unit_test(our_rules_alone_are_removed),
        cmocka_unit_test(what_leads_elsewhere_by_now_is_left_alone),
        cmocka_unit_test(somebody_elses_rule_is_not_changed),
        cmocka_unit_test(a_rule_that_was_taken_over_is_set_again_at_the_end),
        cmocka_unit_test(a_dead_service_is_told_from_a_missing_rule),
        cmocka_unit_test(a_route_that_works_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
