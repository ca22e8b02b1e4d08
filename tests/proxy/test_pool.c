/* The pool of a slot, and what a flip does to it, with real connections on loopback. */
#include "base/clock.h"
#include "proxy/server/live_routes.h"
#include "proxy/server/upstream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEERS_MAX = 128, TURNS_MAX = 2000 };

typedef struct Scene {
    uv_loop_t loop;
    Connections connections;
    LiveRoutes live;
    uv_tcp_t listener; /* the release */
    uv_tcp_t peers[PEERS_MAX];
    int peer_count;
    uv_timer_t clock; /* keeps the loop turning */
    RouteTable table;
    Route route;
} Scene;

static void on_peer(uv_stream_t *listener, int status)
{
    Scene *scene = listener->data;
    uv_tcp_t *peer = &scene->peers[scene->peer_count];

    assert_int_equal(status, 0);
    assert_true(scene->peer_count < PEERS_MAX);
    assert_int_equal(uv_tcp_init(&scene->loop, peer), 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)peer), 0);
    scene->peer_count++;
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void apply(Scene *scene, int active)
{
    scene->route.active = active;
    scene->table = (RouteTable){.items = &scene->route, .count = 1};
    assert_true(live_routes_apply(&scene->live, &scene->connections, &scene->table));
}

static int set_up(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);
    Endpoint any;
    Address address = {.host = "127.0.0.1"};

    assert_non_null(scene);
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    assert_true(connections_init(&scene->connections, &scene->loop));
    assert_int_equal(uv_timer_init(&scene->loop, &scene->clock), 0);
    assert_int_equal(uv_timer_start(&scene->clock, on_tick, 1, 1), 0);
    assert_int_equal(uv_tcp_init(&scene->loop, &scene->listener), 0);
    scene->listener.data = scene;
    assert_true(endpoint_of(&address, &any));
    assert_int_equal(uv_tcp_bind(&scene->listener, &any.any, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&scene->listener, 64, on_peer), 0);
    scene->route = (Route){.app = "shop", .slot_count = 2};
    for (int i = 0; i < 2; i++)
        assert_true(endpoint_of_listener(&scene->listener, &scene->route.slots[i].address));
    memcpy(scene->route.slots[0].name, "blue", 5);
    memcpy(scene->route.slots[1].name, "green", 6);
    apply(scene, 0);
    *state = scene;
    return 0;
}

static void close_any(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static int tear_down(void **state)
{
    Scene *scene = *state;

    live_routes_close_pools(&scene->live);
    (void)uv_run(&scene->loop, UV_RUN_NOWAIT); /* the pool's own close callbacks */
    uv_walk(&scene->loop, close_any, NULL);
    while (uv_run(&scene->loop, UV_RUN_NOWAIT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    assert_int_equal(scene->connections.open, 0);
    live_routes_free(&scene->live);
    connections_free(&scene->connections);
    free(scene);
    return 0;
}

static void on_connected(void *owner, int status)
{
    assert_int_equal(status, 0);
    *(bool *)owner = true;
}

static const ConnectionEvents connecting = {.connected = on_connected};

/* A new connection, accepted by the release too. */
static Upstream *connected(Scene *scene, Slot *slot)
{
    bool done = false;
    int before = scene->peer_count;
    Upstream *upstream = upstream_connect(slot, &connecting, &done);

    assert_non_null(upstream);
    for (int i = 0; i < TURNS_MAX && (!done || scene->peer_count == before); i++)
        (void)uv_run(&scene->loop, UV_RUN_ONCE);
    assert_true(done);
    return upstream;
}

static Slot *slot_of(Scene *scene, const char *name)
{
    Slot *slot = live_route_slot(live_routes_find(&scene->live, "shop"), name);

    assert_non_null(slot);
    return slot;
}

static void the_connection_used_last_is_taken_first(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");
    Upstream *first = connected(scene, blue);
    Upstream *second = connected(scene, blue);

    pool_give(first);
    pool_give(second);
    assert_int_equal(blue->stats.idle, 2);
    assert_int_equal(blue->stats.connections, 2);
    assert_ptr_equal(pool_take(blue, POOL_IDLE_MS), second);
    assert_true(second->reused);
    assert_ptr_equal(pool_take(blue, POOL_IDLE_MS), first);
    assert_null(pool_take(blue, POOL_IDLE_MS));
    assert_int_equal(blue->stats.idle, 0);
    upstream_close(first);
    upstream_close(second);
}

static void one_that_rested_too_long_is_not_taken(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");

    pool_give(connected(scene, blue));
    assert_null(pool_take(blue, -1));
    assert_int_equal(blue->stats.idle, 1); /* others may still have it */
}

static void one_that_the_release_closed_is_dropped_at_once(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");

    pool_give(connected(scene, blue));
    uv_close((uv_handle_t *)&scene->peers[0], NULL);
    for (int i = 0; i < TURNS_MAX && blue->stats.idle > 0; i++)
        (void)uv_run(&scene->loop, UV_RUN_ONCE);
    assert_int_equal(blue->stats.idle, 0);
}

static void one_whose_end_was_not_heard_of_yet_is_not_taken(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");

    int64_t deadline_ms = clock_monotonic_ms() + 5000;
    Upstream *taken;

    pool_give(connected(scene, blue));
    uv_close((uv_handle_t *)&scene->peers[0],
             NULL); /* closes the descriptor now; no turn of the loop */
    /* On Linux the end is there at once; elsewhere the system carries it over first. */
    while ((taken = pool_take(blue, POOL_IDLE_MS)) && clock_monotonic_ms() < deadline_ms) {
        pool_give(taken);
        (void)clock_sleep_ms(1);
    }
    assert_null(taken);
    assert_int_equal(blue->stats.idle, 0);
}

static void one_that_speaks_out_of_turn_is_dropped(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");
    char word[] = "HTTP/1.1 200 OK\r\n\r\n";
    uv_buf_t buffer = uv_buf_init(word, sizeof word - 1);

    pool_give(connected(scene, blue));
    assert_true(uv_try_write((uv_stream_t *)&scene->peers[0], &buffer, 1) > 0);
    for (int i = 0; i < TURNS_MAX && blue->stats.idle > 0; i++)
        (void)uv_run(&scene->loop, UV_RUN_ONCE);
    assert_int_equal(blue->stats.idle, 0);
}

static void a_flip_closes_the_pool_of_the_old_slot(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");
    Upstream *busy = connected(scene, blue);

    pool_give(connected(scene, blue));
    apply(scene, 1);
    assert_int_equal(blue->stats.idle, 0);
    assert_false(blue->active);
    pool_give(busy); /* its request ended after the flip */
    assert_int_equal(blue->stats.idle, 0);
    assert_ptr_equal(slot_of(scene, "blue"), blue); /* with its figures */
    assert_int_equal(blue->stats.connections, 2);
    apply(scene, 0);
    assert_true(blue->active);
}

static void a_slot_that_moved_is_another_slot(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_keep(slot_of(scene, "blue"));

    scene->route.slots[0].address.port++;
    apply(scene, 0);
    assert_ptr_not_equal(slot_of(scene, "blue"), blue);
    assert_false(blue->active);
    slot_drop(blue);
}

static void no_more_are_kept_than_are_of_use(void **state)
{
    Scene *scene = *state;
    Slot *blue = slot_of(scene, "blue");
    Upstream *all[7];

    blue->pool_max = 4;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i] = connected(scene, blue);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pool_give(all[i]);
    assert_int_equal(blue->stats.idle, 4);
    assert_int_equal(pool_close(blue), 4);
    assert_int_equal(blue->stats.idle, 0);
}

#define POOL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(the_connection_used_last_is_taken_first),
        POOL_TEST(one_that_rested_too_long_is_not_taken),
        POOL_TEST(one_that_the_release_closed_is_dropped_at_once),
        POOL_TEST(one_whose_end_was_not_heard_of_yet_is_not_taken),
        POOL_TEST(one_that_speaks_out_of_turn_is_dropped),
        POOL_TEST(a_flip_closes_the_pool_of_the_old_slot),
        POOL_TEST(a_slot_that_moved_is_another_slot),
        POOL_TEST(no_more_are_kept_than_are_of_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
