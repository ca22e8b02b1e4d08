/* See gate.h. */
#include "proxy/server/gate.h"

#include <stdlib.h>

Gate *gate_new(void)
{
    Gate *gate = calloc(1, sizeof *gate);

    if (!gate)
        return NULL;
    link_init(&gate->waiting);
    gate->references = 1;
    return gate;
}

Gate *gate_keep(Gate *gate)
{
    gate->references++;
    return gate;
}

void gate_drop(Gate *gate)
{
    if (gate && --gate->references == 0)
        free(gate);
}

/* ---- who is connected ---- */

bool gate_enter(Gate *gate, int64_t most)
{
    if (most > 0 && gate->stats.clients >= (uint64_t)most) {
        gate->stats.crowded++;
        return false;
    }
    gate->stats.clients++;
    (void)gate_keep(gate); /* until gate_exit() */
    return true;
}

void gate_exit(Gate *gate)
{
    gate->stats.clients--;
    gate_drop(gate);
}

/* ---- who waits ---- */

static int64_t or_default(int64_t bound, int64_t otherwise)
{
    return bound > 0 ? bound : otherwise;
}

bool gate_is_shut(const Gate *gate)
{
    return gate->state == ROUTE_HELD || !link_alone(&gate->waiting);
}

int64_t gate_patience_ms(const Gate *gate)
{
    return or_default(gate->bounds.ms, GATE_MS);
}

static bool has_room(const Gate *gate, size_t heads, size_t bytes)
{
    return gate->stats.waiting + heads <=
               (uint64_t)or_default(gate->bounds.requests, GATE_REQUESTS) &&
           gate->bytes + bytes <= (uint64_t)or_default(gate->bounds.bytes, GATE_BYTES);
}

bool gate_wait(Gate *gate, Held *held, size_t bytes)
{
    if (!has_room(gate, 1, bytes)) {
        gate->stats.refused++;
        return false;
    }
    held->gate = gate_keep(gate);
    held->bytes = bytes;
    link_add_last(&gate->waiting, &held->link);
    gate->bytes += bytes;
    gate->stats.waiting++;
    gate->stats.held++;
    return true;
}

bool gate_wait_with_more(Held *held, size_t more)
{
    if (!has_room(held->gate, 0, more))
        return false;
    held->bytes += more;
    held->gate->bytes += more;
    return true;
}

/* Returns the gate with the reference that `held` had. */
static Gate *step_out(Held *held)
{
    Gate *gate = held->gate;

    link_remove(&held->link);
    gate->bytes -= held->bytes;
    gate->stats.waiting--;
    held->gate = NULL;
    return gate;
}

void gate_leave(Held *held, GateLeaving why)
{
    Gate *gate = held->gate ? step_out(held) : NULL;

    if (!gate)
        return;
    switch (why) {
    case GATE_LEFT:
        gate->stats.left++;
        break;
    case GATE_TIMED_OUT:
        gate->stats.timed_out++;
        break;
    case GATE_REFUSED:
        gate->stats.refused++;
        break;
    }
    gate_drop(gate);
}

/* ---- opening ---- */

void gate_follow(Gate *gate, const Route *route)
{
    bool was_held = gate->state == ROUTE_HELD;

    gate->state = route->gate;
    gate->bounds = route->hold;
    if (gate->state == ROUTE_HELD)
        gate->ticks_left = 0;
    else if (was_held && gate->stats.waiting > 0)
        gate->ticks_left = GATE_RELEASE_MS / GATE_TICK_MS;
}

static void admit_first(Gate *gate)
{
    Held *held = LINK_OWNER(gate->waiting.next, Held, link);

    gate_drop(step_out(held)); /* the caller has a reference of his own */
    held->admitted(held);
}

/* Never fewer than one each millisecond: few wait hardly longer than the first of them. */
static uint64_t quota(const Gate *gate)
{
    uint64_t even = (gate->stats.waiting + gate->ticks_left - 1) / gate->ticks_left;

    return even > GATE_TICK_MS ? even : GATE_TICK_MS;
}

bool gate_tick(Gate *gate)
{
    bool more = false;

    if (gate->ticks_left == 0)
        return false;
    (void)gate_keep(gate);
    for (uint64_t left = quota(gate); left > 0 && !link_alone(&gate->waiting); left--)
        admit_first(gate);
    if (link_alone(&gate->waiting))
        gate->ticks_left = 0;
    else if (gate->ticks_left > 1) /* who comes while the last are let through has a tick too */
        gate->ticks_left--;
    more = gate->ticks_left > 0;
    gate_drop(gate);
    return more;
}

/* Only those who wait now: who is admitted may ask something else. */
void gate_send_away(Gate *gate)
{
    (void)gate_keep(gate);
    gate->state = ROUTE_MAINTENANCE;
    gate->ticks_left = 0;
    for (uint64_t left = gate->stats.waiting; left > 0 && !link_alone(&gate->waiting); left--)
        admit_first(gate);
    gate_drop(gate);
}

/* ---- figures ---- */

typedef struct GateRow {
    const char *name;
    size_t at;
} GateRow;

static const GateRow rows[] = {
    {"waiting",     offsetof(GateStats, waiting)    },
    {"held",        offsetof(GateStats, held)       },
    {"refused",     offsetof(GateStats, refused)    },
    {"timed_out",   offsetof(GateStats, timed_out)  },
    {"left",        offsetof(GateStats, left)       },
    {"turned_away", offsetof(GateStats, turned_away)},
    {"clients",     offsetof(GateStats, clients)    },
    {"crowded",     offsetof(GateStats, crowded)    },
};

Json *gate_stats_to_json(const GateStats *stats)
{
    Json *json = json_new_object();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = (const char *)stats + rows[i].at;

        (void)json_put_integer(json, rows[i].name, (int64_t) * (const uint64_t *)(const void *)at);
    }
    return json;
}

void gate_stats_add_json(GateStats *sum, const Json *json)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *at = (char *)sum + rows[i].at;

        *(uint64_t *)(void *)at += (uint64_t)json_get_integer(json, rows[i].name, 0);
    }
}
