/* Who is at work on a slot, and how they are told to stop one after another. The clock is the
 * loop's, moved by hand. */
#include "proxy/server/slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CROWD = 10, OVER_MS = 900 };

typedef struct Worker {
    Member member; /* first */
    Slot *slot;
    bool told;
    bool lingers; /* takes a moment to leave */
} Worker;

typedef struct Scene {
    uv_loop_t loop;
    Connections connections;
    Slot *slot;
    Worker crowd[CROWD];
} Scene;

static void on_told(Member *member)
{
    Worker *worker = (Worker *)member;

    assert_false(worker->told);
    worker->told = true;
    if (!worker->lingers)
        slot_leave(worker->slot, SLOT_UPGRADED, member);
}

static void enter(Scene *scene, Worker *worker)
{
    *worker = (Worker){.member.abort = on_told, .slot = scene->slot};
    link_init(&worker->member.link);
    slot_enter(scene->slot, SLOT_UPGRADED, &worker->member);
}

static int set_up(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);
    RouteSlot blue = {
        .name = "blue", .address = {.host = "127.0.0.1", .port = 1}
    };

    assert_non_null(scene);
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    scene->connections.loop = &scene->loop;
    scene->slot = slot_new(&scene->connections, &blue);
    assert_non_null(scene->slot);
    for (int i = 0; i < CROWD; i++)
        enter(scene, &scene->crowd[i]);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    Scene *scene = *state;

    slot_drop(scene->slot);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    free(scene);
    return 0;
}

static size_t told(const Scene *scene)
{
    size_t count = 0;

    for (int i = 0; i < CROWD; i++)
        count += scene->crowd[i].told;
    return count;
}

static bool tick_after(Scene *scene, uint64_t ms)
{
    scene->loop.time += ms;
    return slot_tick(scene->slot);
}

static void without_a_budget_all_are_told_at_once(void **state)
{
    Scene *scene = *state;

    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), CROWD);
    assert_int_equal(told(scene), CROWD);
    assert_int_equal(scene->slot->stats.upgraded, 0);
    assert_false(slot_tick(scene->slot));
}

static void a_closing_is_spread_evenly_from_its_begin_to_its_end(void **state)
{
    Scene *scene = *state;

    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, OVER_MS), CROWD);
    assert_true(tick_after(scene, 0));
    for (size_t i = 1; i < CROWD; i++) {
        assert_int_equal(told(scene), i);
        assert_int_equal(tick_after(scene, OVER_MS / (CROWD - 1)), i + 1 < CROWD);
    }
    assert_int_equal(told(scene), CROWD);
}

static void a_late_tick_makes_up_for_those_before_it(void **state)
{
    Scene *scene = *state;

    (void)slot_close(scene->slot, SLOT_UPGRADED, OVER_MS);
    assert_false(tick_after(scene, 10 * OVER_MS));
    assert_int_equal(told(scene), CROWD);
}

static void who_comes_after_the_closing_began_is_not_meant(void **state)
{
    Scene *scene = *state;
    Worker late;

    (void)slot_close(scene->slot, SLOT_UPGRADED, OVER_MS);
    enter(scene, &late);
    assert_false(tick_after(scene, OVER_MS));
    assert_false(late.told);
    assert_int_equal(scene->slot->stats.upgraded, 1);
    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), 1);
    assert_true(late.told);
}

static void who_takes_a_moment_is_counted_until_he_has_left_and_told_once(void **state)
{
    Scene *scene = *state;

    scene->crowd[0].lingers = true;
    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), CROWD);
    assert_int_equal(scene->slot->stats.upgraded, 1);
    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), 0);
    slot_leave(scene->slot, SLOT_UPGRADED, &scene->crowd[0].member);
    assert_int_equal(scene->slot->stats.upgraded, 0);
}

static void who_leaves_of_his_own_accord_needs_not_be_told(void **state)
{
    Scene *scene = *state;

    (void)slot_close(scene->slot, SLOT_UPGRADED, OVER_MS);
    for (int i = 0; i < CROWD; i++)
        slot_leave(scene->slot, SLOT_UPGRADED, &scene->crowd[i].member);
    assert_false(tick_after(scene, 1));
    assert_int_equal(told(scene), 0);
    assert_int_equal(scene->slot->stats.upgraded, 0);
}

static void a_slot_that_serves_again_keeps_who_was_not_told(void **state)
{
    Scene *scene = *state;

    (void)slot_close(scene->slot, SLOT_UPGRADED, OVER_MS);
    assert_true(tick_after(scene, OVER_MS / 2));
    slot_serve(scene->slot, "1.0");
    assert_false(tick_after(scene, OVER_MS));
    assert_int_equal(told(scene), CROWD / 2);
    assert_int_equal(scene->slot->stats.upgraded, CROWD - CROWD / 2);
    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), CROWD - CROWD / 2);
}

static void another_release_begins_with_figures_of_its_own(void **state)
{
    Scene *scene = *state;
    Stats *stats = &scene->slot->stats;

    slot_serve(scene->slot, "1.0");
    stats->requests = 7;
    slot_serve(scene->slot, "1.0");
    slot_serve(scene->slot, ""); /* nobody says what it is: the same */
    assert_int_equal(stats->requests, 7);
    slot_serve(scene->slot, "2.0");
    assert_int_equal(stats->requests, 0);
    assert_int_equal(stats->upgraded, CROWD);
    assert_string_equal(scene->slot->release, "2.0");
    assert_int_equal(slot_close(scene->slot, SLOT_UPGRADED, 0), CROWD);
}

static void a_slot_without_more_ticks_tells_the_rest_now(void **state)
{
    Scene *scene = *state;

    (void)slot_close(scene->slot, SLOT_UPGRADED, OVER_MS);
    slot_hurry(scene->slot);
    assert_int_equal(told(scene), CROWD);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(without_a_budget_all_are_told_at_once),
        SCENE(a_closing_is_spread_evenly_from_its_begin_to_its_end),
        SCENE(a_late_tick_makes_up_for_those_before_it),
        SCENE(who_comes_after_the_closing_began_is_not_meant),
        SCENE(who_takes_a_moment_is_counted_until_he_has_left_and_told_once),
        SCENE(who_leaves_of_his_own_accord_needs_not_be_told),
        SCENE(a_slot_that_serves_again_keeps_who_was_not_told),
        SCENE(another_release_begins_with_figures_of_its_own),
        SCENE(a_slot_without_more_ticks_tells_the_rest_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
