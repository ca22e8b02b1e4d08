/* proxy/control.h against the real godeploy-proxy, in a folder whose path is longer than a socket's
 * may be. */
#include "base/file/file.h"
#include "base/path.h"
#include "base/process/process.h"
#include "proxy/control.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

enum { STOP_MS = 15000 };

typedef struct Scene {
    char root[TEMPORARY_FOLDER_SIZE];
    char *folder;
    Address listen;
    ProcessId process;
} Scene;

static void start(Scene *scene)
{
    static const char program[] = GODEPLOY_BIN "/godeploy-proxy";
    const char *const argv[] = {program, "--folder", scene->folder, NULL};
    CLEANUP(json_free) Json *status = NULL;
    Spawn spawn = {.argv = argv};
    Error err = {0};

    if (!process_start_detached(&spawn, &scene->process, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < 500 && !control_is_running(scene->folder); i++)
        uv_sleep(10);
    if (!control_status(scene->folder, &status, &err))
        fail_msg("%s", err.message);
}

static Address free_address(void)
{
    Address address = {.host = "127.0.0.1"};
    const char *why = NULL;

    for (unsigned port = 20000 + (unsigned)(process_own_pid() % 10000); port < 60000; port++) {
        address.port = (uint16_t)port;
        if (address_can_bind(&address, &why))
            return address;
    }
    fail_msg("no port is free");
    return address;
}

static int set_up(void **state)
{
    static const char deep[] = "a-folder-with-quite-a-long-name/that-lies-in-another-one/"
                               "so-that-no-socket-address-can-hold-its-path/proxy";
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    assert_true(temporary_folder_make(scene->root, "control"));
    scene->folder = path_join(scene->root, deep);
    assert_non_null(scene->folder);
    scene->listen = free_address();
    start(scene);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    assert_true(control_stop(scene->folder, STOP_MS, &err));
    assert_true(process_wait_gone(&scene->process, STOP_MS));
    assert_true(folder_remove_tree(scene->root, &err));
    free(scene->folder);
    free(scene);
    return 0;
}

static Route route_to(const Scene *scene, int active)
{
    Route route = {.app = "shop", .listen_count = 1, .slot_count = 2, .active = active};

    route.listen[0] = scene->listen;
    route.slots[0] = (RouteSlot){
        .name = "blue", .address = {.host = "127.0.0.1", .port = 1}
    };
    route.slots[1] = (RouteSlot){
        .name = "green", .address = {.host = "127.0.0.1", .port = 2}
    };
    memcpy(route.release, "2.4.0", 6);
    memcpy(route.proof, "T", 2);
    return route;
}

static void a_route_that_was_set_is_found_again(void **state)
{
    Scene *scene = *state;
    Route route = route_to(scene, 1);
    Route found;
    bool known = true;
    Error err = {0};

    assert_true(control_find_route(scene->folder, "shop", &found, &known, &err));
    assert_false(known);
    assert_true(control_set_route(scene->folder, &route, &err));
    assert_true(control_set_route(scene->folder, &route, &err)); /* again is as good */
    assert_true(control_find_route(scene->folder, "shop", &found, &known, &err));
    assert_true(known);
    assert_int_equal(found.active, 1);
    assert_string_equal(found.release, "2.4.0");
    assert_true(address_equal(&found.listen[0], &scene->listen));
    assert_true(address_can_connect(&scene->listen, 5000, &err));
    assert_true(control_remove_route(scene->folder, "shop", &err));
    assert_true(control_remove_route(scene->folder, "shop", &err));
    assert_true(control_find_route(scene->folder, "shop", &found, &known, &err));
    assert_false(known);
}

static void an_address_in_use_is_refused_by_name(void **state)
{
    Scene *scene = *state;
    Route route = route_to(scene, 0);
    Route other = route_to(scene, 0);
    Error err = {0};

    assert_true(control_set_route(scene->folder, &route, &err));
    memcpy(other.app, "other", 6);
    assert_false(control_set_route(scene->folder, &other, &err));
    assert_int_equal(err.code, ERR_ENGINE);
    assert_non_null(strstr(err.message, "belongs to shop"));
}

static void figures_of_a_slot_start_at_nothing(void **state)
{
    Scene *scene = *state;
    Route route = route_to(scene, 0);
    EngineCounts stats;
    int64_t closed = -1;
    Error err = {0};

    assert_true(control_set_route(scene->folder, &route, &err));
    assert_true(control_stats(scene->folder, "shop", "blue", false, &stats, &err));
    assert_int_equal(stats.requests, 0);
    assert_int_equal(stats.p95_us, -1);
    assert_true(control_close(scene->folder, "shop", "blue", CLASS_UPGRADED, 0, &closed, &err));
    assert_int_equal(closed, 0);
    assert_false(control_stats(scene->folder, "shop", "red", false, &stats, &err));
    assert_false(control_stats(scene->folder, "none", "blue", false, &stats, &err));
    assert_int_equal(err.code, ERR_ENGINE);
}

static void nobody_is_asked_where_nobody_runs(void **state)
{
    CLEANUP(json_free) Json *status = NULL;
    Error err = {0};

    (void)state;
    assert_false(control_is_running("/tmp/gd-no-such-folder"));
    assert_true(control_stop("/tmp/gd-no-such-folder", 1000, &err));
    assert_false(control_status("/tmp/gd-no-such-folder", &status, &err));
    assert_int_equal(err.code, ERR_ENGINE);
}

/* How soon an heir has the lock is the host's business. */
static void wait_for_heir(const Scene *scene, const ProcessId *parent)
{
    assert_true(process_wait_gone(parent, STOP_MS));
    for (int i = 0; i < STOP_MS / 10 && !control_is_running(scene->folder); i++)
        uv_sleep(10);
}

static void a_parent_that_is_killed_is_back_before_the_question_is_given_up(void **state)
{
    Scene *scene = *state;
    Route route = route_to(scene, 0);
    CLEANUP(json_free) Json *before = NULL;
    CLEANUP(json_free) Json *after = NULL;
    ProcessId parent = {0};
    Error err = {0};

    assert_true(control_set_route(scene->folder, &route, &err));
    assert_true(control_status(scene->folder, &before, &err));
    assert_true(process_identify(json_get_integer(before, "pid", 0), &parent, &err));
    assert_int_equal(uv_kill((int)parent.pid, 9), 0);
    wait_for_heir(scene, &parent);
    if (!control_set_route(scene->folder, &route, &err))
        fail_msg("%s", err.message);
    assert_true(control_status(scene->folder, &after, &err));
    assert_int_not_equal(json_get_integer(before, "pid", 0), json_get_integer(after, "pid", 0));
    assert_int_equal(json_get_integer(json_item(json_get(before, "workers"), 0), "pid", 0),
                     json_get_integer(json_item(json_get(after, "workers"), 0), "pid", 1));
}

#define CONTROL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROL_TEST(a_route_that_was_set_is_found_again),
        CONTROL_TEST(an_address_in_use_is_refused_by_name),
        CONTROL_TEST(figures_of_a_slot_start_at_nothing),
        CONTROL_TEST(a_parent_that_is_killed_is_back_before_the_question_is_given_up),
        cmocka_unit_test(nobody_is_asked_where_nobody_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
