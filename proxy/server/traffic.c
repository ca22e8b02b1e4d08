/* See traffic.h. */
#include "proxy/server/traffic.h"

#include <stdlib.h>

enum { SWEEP_MS = 100 };

static void sweep(uv_timer_t *timer)
{
    Traffic *traffic = timer->data;
    int64_t now_ms = traffic_now_ms(traffic);

    /* One that expires may end others only by way of the undertaker, so `after` stays valid. */
    LINK_EACH(at, &traffic->timed)
    {
        Timed *timed = LINK_OWNER(at, Timed, link);

        if (now_ms >= timed->deadline_ms)
            timed->expired(timed);
    }
    connections_sweep(&traffic->connections);
    live_routes_sweep(&traffic->routes);
}

static void bury_all(Traffic *traffic)
{
    while (!link_alone(&traffic->buried)) {
        Link *first = traffic->buried.next;

        link_remove(first);
        free(LINK_OWNER(first, Timed, link));
    }
}

static void on_turn_of_the_loop(uv_check_t *check)
{
    bury_all(check->data);
}

bool traffic_init(Traffic *traffic, uv_loop_t *loop)
{
    *traffic = (Traffic){0};
    link_init(&traffic->timed);
    link_init(&traffic->buried);
    http_request_ids_init(&traffic->request_ids);
    traffic->sweeper.data = traffic;
    traffic->pacer.data = traffic;
    traffic->undertaker.data = traffic;
    if (uv_timer_init(loop, &traffic->sweeper) < 0 || uv_timer_init(loop, &traffic->pacer) < 0 ||
        uv_check_init(loop, &traffic->undertaker) < 0)
        return false;
    return connections_init(&traffic->connections, loop) &&
           uv_timer_start(&traffic->sweeper, sweep, SWEEP_MS, SWEEP_MS) == 0 &&
           uv_check_start(&traffic->undertaker, on_turn_of_the_loop) == 0;
}

void traffic_free(Traffic *traffic)
{
    bury_all(traffic);
    live_routes_free(&traffic->routes);
    pages_free(&traffic->pages);
    connections_free(&traffic->connections);
}

static void on_pace(uv_timer_t *timer)
{
    Traffic *traffic = timer->data;

    if (!live_routes_tick(&traffic->routes))
        (void)uv_timer_stop(timer); /* never fails */
}

void traffic_pace(Traffic *traffic)
{
    if (!uv_is_active((const uv_handle_t *)&traffic->pacer))
        (void)uv_timer_start(&traffic->pacer, on_pace, GATE_TICK_MS, GATE_TICK_MS); /* likewise */
}

int64_t traffic_now_ms(const Traffic *traffic)
{
    return (int64_t)uv_now(traffic->connections.loop);
}

void traffic_watch(Traffic *traffic, Timed *timed, int64_t first_deadline_ms)
{
    link_add_last(&traffic->timed, &timed->link);
    traffic_expect_within(traffic, timed, first_deadline_ms);
}

void traffic_expect_within(const Traffic *traffic, Timed *timed, int64_t ms)
{
    timed->deadline_ms = traffic_now_ms(traffic) + ms;
}

void traffic_bury(Traffic *traffic, Timed *timed)
{
    link_remove(&timed->link);
    link_add_last(&traffic->buried, &timed->link);
}

void traffic_drain(Traffic *traffic, int64_t idle_ms)
{
    traffic->drain_idle_ms = idle_ms;
    traffic->draining = true;
    LINK_EACH(at, &traffic->timed)
    {
        Timed *timed = LINK_OWNER(at, Timed, link);

        if (timed->draining)
            timed->draining(timed);
    }
}

bool traffic_is_over(const Traffic *traffic)
{
    return link_alone(&traffic->timed) && link_alone(&traffic->connections.finishing);
}
