/* What the parent knows of all slots, whatever becomes of the workers that said it. */
#include "base/text.h"
#include "proxy/server/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scene {
    Figures figures;
    Route route;
    RouteTable table;
} Scene;

static int set_up(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);
    Error err = {0};

    assert_non_null(scene);
    scene->route = (Route){.app = "shop", .slot_count = 2};
    memcpy(scene->route.slots[0].name, "blue", 5);
    memcpy(scene->route.slots[1].name, "green", 6);
    scene->table = (RouteTable){.items = &scene->route, .count = 1};
    assert_true(figures_follow(&scene->figures, &scene->table, &err));
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    Scene *scene = *state;

    figures_free(&scene->figures);
    free(scene);
    return 0;
}

/* So many requests of that release to blue, one of them in flight, two held, one waiting. */
static void worker_says(Scene *scene, int pid, const char *release, int requests)
{
    CLEANUP(free)
    char *text = text_formatted("{\"pid\":%d,\"apps\":{\"shop\":{\"slots\":{\"blue\":{\"release\":"
                                "\"%s\",\"requests\":%d,\"in_flight\":1,\"buckets\":{\"9\":%d}}},"
                                "\"held\":{\"held\":2,\"waiting\":1,\"clients\":3}}}}",
                                pid, release, requests, requests);
    CLEANUP(json_free) Json *report = NULL;
    Error err = {0};

    assert_true(json_parse(text, strlen(text), &report, &err));
    figures_take(&scene->figures, report);
}

static const SlotFigures *blue(Scene *scene)
{
    const AppFigures *figures = figures_of(&scene->figures, "shop");

    assert_non_null(figures);
    return &figures->of[0];
}

static void the_last_word_of_each_worker_counts(void **state)
{
    Scene *scene = *state;

    worker_says(scene, 1, "1.0", 10);
    worker_says(scene, 1, "1.0", 12);
    worker_says(scene, 2, "1.0", 5);
    assert_int_equal(blue(scene)->total.requests, 17);
    assert_int_equal(blue(scene)->total.in_flight, 2);
    assert_int_equal(blue(scene)->total.latency.count, 17);
    assert_string_equal(blue(scene)->release, "1.0");
    assert_int_equal(figures_of(&scene->figures, "shop")->held.held, 4);
    assert_int_equal(figures_of(&scene->figures, "shop")->held.waiting, 2);
}

static void what_a_dead_worker_said_stays_counted(void **state)
{
    Scene *scene = *state;

    worker_says(scene, 1, "1.0", 10);
    figures_worker_gone(&scene->figures, 1);
    figures_worker_gone(&scene->figures, 1); /* as if it had never been there */
    worker_says(scene, 2, "1.0", 3);
    assert_int_equal(blue(scene)->total.requests, 13);
    assert_int_equal(blue(scene)->total.in_flight, 1); /* what it had in flight is gone with it */
    assert_int_equal(figures_of(&scene->figures, "shop")->held.held, 4);
    assert_int_equal(figures_of(&scene->figures, "shop")->held.waiting, 1);
    assert_int_equal(figures_of(&scene->figures, "shop")->held.clients, 3);
}

static void another_release_begins_at_nothing(void **state)
{
    Scene *scene = *state;

    worker_says(scene, 1, "1.0", 10);
    worker_says(scene, 2, "1.0", 10);
    figures_worker_gone(&scene->figures, 1);
    figures_begin_window(&scene->figures, "shop");
    worker_says(scene, 2, "2.0", 1);
    assert_int_equal(blue(scene)->total.requests, 1);
    assert_int_equal(blue(scene)->mark.requests, 0);
    assert_string_equal(blue(scene)->release, "2.0");
}

/* One that has not heard of the flip yet, and one that started after it. */
static void a_worker_that_speaks_of_another_release_is_not_added(void **state)
{
    Scene *scene = *state;

    worker_says(scene, 1, "1.0", 10);
    worker_says(scene, 2, "2.0", 1);
    assert_int_equal(blue(scene)->total.requests, 1);
    worker_says(scene, 3, "", 4);
    assert_int_equal(blue(scene)->total.requests, 5);
    assert_string_equal(blue(scene)->release, "2.0");
}

static void a_window_holds_what_came_after_it_began(void **state)
{
    Scene *scene = *state;
    CLEANUP(json_free) Json *report = NULL;
    const Json *window = NULL;

    worker_says(scene, 1, "1.0", 10);
    figures_begin_window(&scene->figures, "shop");
    worker_says(scene, 1, "1.0", 14);
    report = figures_slots_report(figures_of(&scene->figures, "shop"), 2);
    assert_int_equal(json_get_integer(json_get(report, "blue"), "requests", -1), 14);
    window = json_get(json_get(report, "blue"), "window");
    assert_int_equal(json_get_integer(window, "requests", -1), 4);
    assert_int_equal(json_get_integer(window, "in_flight", -1), 1);
    assert_int_equal(json_get_integer(json_get(window, "latency_us"), "count", -1), 4);
    assert_int_equal(
        json_get_integer(json_get(json_get(report, "green"), "window"), "requests", -1), 0);
}

/* A second of figures may die with a worker: less than the mark is nothing, not very much. */
static void a_window_is_never_negative(void **state)
{
    Scene *scene = *state;
    CLEANUP(json_free) Json *report = NULL;

    worker_says(scene, 1, "1.0", 10);
    figures_begin_window(&scene->figures, "shop");
    worker_says(scene, 1, "1.0", 8);
    report = figures_slots_report(figures_of(&scene->figures, "shop"), 2);
    assert_int_equal(json_get_integer(json_get(json_get(report, "blue"), "window"), "requests", -1),
                     0);
}

static void an_app_without_a_route_is_forgotten(void **state)
{
    Scene *scene = *state;
    RouteTable none = {0};
    Error err = {0};

    worker_says(scene, 1, "1.0", 10);
    assert_true(figures_follow(&scene->figures, &none, &err));
    assert_null(figures_of(&scene->figures, "shop"));
    figures_begin_window(&scene->figures, "shop");
    worker_says(scene, 1, "1.0", 11);
    assert_null(figures_of(&scene->figures, "shop"));
    figures_worker_gone(&scene->figures, 1);
    assert_true(figures_follow(&scene->figures, &scene->table, &err));
    assert_int_equal(blue(scene)->total.requests, 0);
}

static void a_slot_of_another_name_is_another_slot(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    worker_says(scene, 1, "1.0", 10);
    figures_worker_gone(&scene->figures, 1);
    memcpy(scene->route.slots[0].name, "red", 4);
    assert_true(figures_follow(&scene->figures, &scene->table, &err));
    assert_int_equal(blue(scene)->total.requests, 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(the_last_word_of_each_worker_counts),
        SCENE(what_a_dead_worker_said_stays_counted),
        SCENE(another_release_begins_at_nothing),
        SCENE(a_worker_that_speaks_of_another_release_is_not_added),
        SCENE(a_window_holds_what_came_after_it_began),
        SCENE(a_window_is_never_negative),
        SCENE(an_app_without_a_route_is_forgotten),
        SCENE(a_slot_of_another_name_is_another_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
