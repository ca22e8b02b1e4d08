/* Who waits at a gate, within which bounds, and how they are let through. */
#include "proxy/server/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CROWD = 1000, MOST_TICKS = GATE_RELEASE_MS / GATE_TICK_MS };

typedef struct Guest {
    Held held; /* first */
    struct Scene *scene;
} Guest;

typedef struct Scene {
    Gate *gate;
    Guest crowd[CROWD];
    const Guest *admitted[CROWD];
    size_t admitted_count;
} Scene;

static void on_admitted(Held *held)
{
    Guest *guest = (Guest *)held;

    assert_null(held->gate);
    guest->scene->admitted[guest->scene->admitted_count++] = guest;
}

static bool arrive(Scene *scene, size_t index, size_t bytes)
{
    scene->crowd[index] = (Guest){.held.admitted = on_admitted, .scene = scene};
    link_init(&scene->crowd[index].held.link);
    return gate_wait(scene->gate, &scene->crowd[index].held, bytes);
}

static void set_state(Scene *scene, RouteGate state)
{
    Route route = {.gate = state};

    gate_follow(scene->gate, &route);
}

static int set_up(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    scene->gate = gate_new();
    assert_non_null(scene->gate);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    Scene *scene = *state;

    gate_drop(scene->gate);
    free(scene);
    return 0;
}

static void crowd_waits(Scene *scene, size_t count)
{
    set_state(scene, ROUTE_HELD);
    for (size_t i = 0; i < count; i++)
        assert_true(arrive(scene, i, 10));
}

static void an_open_gate_lets_everybody_pass(void **state)
{
    const Scene *scene = *state;

    assert_false(gate_is_shut(scene->gate));
    assert_false(gate_tick(scene->gate));
}

static void a_held_gate_lets_nobody_through(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 3);
    assert_true(gate_is_shut(scene->gate));
    assert_false(gate_tick(scene->gate));
    assert_int_equal(scene->admitted_count, 0);
    assert_int_equal(scene->gate->stats.waiting, 3);
    assert_int_equal(scene->gate->stats.held, 3);
    gate_send_away(scene->gate);
}

static void those_who_waited_are_let_through_evenly_and_in_order(void **state)
{
    Scene *scene = *state;
    size_t ticks = 1;

    crowd_waits(scene, CROWD);
    set_state(scene, ROUTE_OPEN);
    for (; gate_tick(scene->gate); ticks++) {
        size_t expected = ticks * CROWD / MOST_TICKS;

        assert_int_equal(scene->admitted_count, expected);
    }
    assert_int_equal(ticks, MOST_TICKS);
    assert_int_equal(scene->admitted_count, CROWD);
    for (size_t i = 0; i < CROWD; i++)
        assert_ptr_equal(scene->admitted[i], &scene->crowd[i]);
    assert_false(gate_is_shut(scene->gate));
    assert_int_equal(scene->gate->bytes, 0);
}

static void few_do_not_wait_for_the_pace_of_many(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, GATE_TICK_MS);
    set_state(scene, ROUTE_OPEN);
    assert_false(gate_tick(scene->gate));
    assert_int_equal(scene->admitted_count, GATE_TICK_MS);
}

static void who_comes_while_others_are_let_through_waits_behind_them(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 2 * GATE_TICK_MS);
    set_state(scene, ROUTE_OPEN);
    assert_true(gate_tick(scene->gate));
    assert_true(gate_is_shut(scene->gate));
    assert_true(arrive(scene, 2 * GATE_TICK_MS, 10));
    while (gate_tick(scene->gate))
        continue;
    assert_int_equal(scene->admitted_count, 2 * GATE_TICK_MS + 1);
    assert_ptr_equal(scene->admitted[2 * GATE_TICK_MS], &scene->crowd[2 * GATE_TICK_MS]);
}

static void a_gate_that_shuts_again_keeps_the_rest(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 100);
    set_state(scene, ROUTE_OPEN);
    assert_true(gate_tick(scene->gate));
    set_state(scene, ROUTE_HELD);
    assert_false(gate_tick(scene->gate));
    assert_int_equal(scene->admitted_count, GATE_TICK_MS);
    assert_int_equal(scene->gate->stats.waiting, 100 - GATE_TICK_MS);
    gate_send_away(scene->gate);
}

static void a_maintenance_lets_them_through_to_learn_of_it(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 1);
    set_state(scene, ROUTE_MAINTENANCE);
    assert_false(gate_tick(scene->gate));
    assert_int_equal(scene->admitted_count, 1);
}

static void no_more_wait_than_the_bounds_allow(void **state)
{
    Scene *scene = *state;
    Route route = {
        .gate = ROUTE_HELD, .hold = {.requests = 2, .bytes = 100}
    };

    gate_follow(scene->gate, &route);
    assert_true(arrive(scene, 0, 60));
    assert_false(arrive(scene, 1, 41)); /* too many bytes */
    assert_true(arrive(scene, 1, 40));
    assert_false(arrive(scene, 2, 0)); /* too many requests */
    assert_false(gate_wait_with_more(&scene->crowd[0].held, 1));
    assert_int_equal(scene->gate->stats.refused, 2);
    gate_leave(&scene->crowd[0].held, GATE_LEFT);
    assert_true(gate_wait_with_more(&scene->crowd[1].held, 60));
    assert_int_equal(scene->gate->bytes, 100);
    gate_send_away(scene->gate);
}

static void without_bounds_of_its_own_a_route_has_the_defaults(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, GATE_REQUESTS);
    assert_int_equal(gate_patience_ms(scene->gate), GATE_MS);
    {
        Guest one_more = {.held.admitted = on_admitted, .scene = scene};

        link_init(&one_more.held.link);
        assert_false(gate_wait(scene->gate, &one_more.held, 0));
    }
    gate_send_away(scene->gate);
}

static void who_leaves_is_forgotten_and_counted_by_why(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 4);
    gate_leave(&scene->crowd[0].held, GATE_LEFT);
    gate_leave(&scene->crowd[1].held, GATE_TIMED_OUT);
    gate_leave(&scene->crowd[2].held, GATE_REFUSED);
    gate_leave(&scene->crowd[2].held, GATE_LEFT); /* waits no longer: not counted */
    set_state(scene, ROUTE_OPEN);
    assert_false(gate_tick(scene->gate));
    assert_int_equal(scene->admitted_count, 1);
    assert_ptr_equal(scene->admitted[0], &scene->crowd[3]);
    assert_int_equal(scene->gate->stats.left, 1);
    assert_int_equal(scene->gate->stats.timed_out, 1);
    assert_int_equal(scene->gate->stats.refused, 1);
    assert_int_equal(scene->gate->stats.held, 4);
}

static void who_waits_keeps_the_gate(void **state)
{
    Scene *scene = *state;

    crowd_waits(scene, 1);
    gate_drop(scene->gate); /* the route has gone */
    gate_leave(&scene->crowd[0].held, GATE_LEFT);
    scene->gate = gate_new();
    assert_non_null(scene->gate);
}

static void the_figures_of_two_workers_add_up(void **state)
{
    GateStats stats = {.waiting = 1,
                       .held = 2,
                       .refused = 3,
                       .timed_out = 4,
                       .left = 5,
                       .turned_away = 6,
                       .clients = 7,
                       .crowded = 8};
    GateStats sum = {0};
    CLEANUP(json_free) Json *json = gate_stats_to_json(&stats);

    (void)state;
    gate_stats_add_json(&sum, json);
    gate_stats_add_json(&sum, json);
    gate_stats_add_json(&sum, NULL);
    assert_int_equal(sum.waiting, 2);
    assert_int_equal(sum.held, 4);
    assert_int_equal(sum.refused, 6);
    assert_int_equal(sum.timed_out, 8);
    assert_int_equal(sum.left, 10);
    assert_int_equal(sum.turned_away, 12);
    assert_int_equal(sum.clients, 14);
    assert_int_equal(sum.crowded, 16);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(an_open_gate_lets_everybody_pass),
        SCENE(a_held_gate_lets_nobody_through),
        SCENE(those_who_waited_are_let_through_evenly_and_in_order),
        SCENE(few_do_not_wait_for_the_pace_of_many),
        SCENE(who_comes_while_others_are_let_through_waits_behind_them),
        SCENE(a_gate_that_shuts_again_keeps_the_rest),
        SCENE(a_maintenance_lets_them_through_to_learn_of_it),
        SCENE(no_more_wait_than_the_bounds_allow),
        SCENE(without_bounds_of_its_own_a_route_has_the_defaults),
        SCENE(who_leaves_is_forgotten_and_counted_by_why),
        SCENE(who_waits_keeps_the_gate),
        cmocka_unit_test(the_figures_of_two_workers_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
