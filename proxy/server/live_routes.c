/* See live_routes.h. */
#include "proxy/server/live_routes.h"

#include "proxy/server/upstream.h"

#include <stdlib.h>

static Slot *find_living(const LiveRoutes *live, const Route *route, const RouteSlot *wanted)
{
    const LiveRoute *old = live_routes_find(live, route->app);
    Slot *slot = old ? live_route_slot(old, wanted->name) : NULL;

    return slot && address_equal(&slot->address, &wanted->address) ? slot : NULL;
}

static void drop_parts(LiveRoute *route)
{
    for (size_t i = 0; i < ROUTE_SLOTS_MAX; i++)
        slot_drop(route->slots[i]);
    gate_drop(route->gate);
}

static bool make(LiveRoute *out, const LiveRoutes *old, Connections *connections,
                 const Route *route)
{
    const LiveRoute *before = live_routes_find(old, route->app);
    bool whole = false;

    *out = (LiveRoute){.route = *route, .gate = before ? gate_keep(before->gate) : gate_new()};
    whole = out->gate != NULL;
    for (size_t i = 0; i < route->slot_count; i++) {
        Slot *living = find_living(old, route, &route->slots[i]);

        out->slots[i] = living ? slot_keep(living) : slot_new(connections, &route->slots[i]);
        whole = whole && out->slots[i];
    }
    if (!whole)
        drop_parts(out);
    return whole;
}

/* ---- what goes, and what stays ---- */

static bool is_part_of(const LiveRoutes *live, const Gate *gate, const Slot *slot)
{
    for (size_t i = 0; i < live->count; i++) {
        if (gate && live->items[i].gate == gate)
            return true;
        for (size_t k = 0; slot && k < live->items[i].route.slot_count; k++) {
            if (live->items[i].slots[k] == slot)
                return true;
        }
    }
    return false;
}

/* What the next table does not know gets no ticks any more. */
static void take_leave(const LiveRoutes *live, const LiveRoutes *next)
{
    for (size_t i = 0; i < live->count; i++) {
        const LiveRoute *route = &live->items[i];

        for (size_t k = 0; k < route->route.slot_count; k++) {
            if (!is_part_of(next, NULL, route->slots[k]))
                slot_hurry(route->slots[k]);
        }
        if (!is_part_of(next, route->gate, NULL))
            gate_send_away(route->gate);
    }
}

static void set_gates(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++)
        gate_follow(live->items[i].gate, &live->items[i].route);
}

static void set_all_inactive(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        for (size_t k = 0; k < live->items[i].route.slot_count; k++)
            live->items[i].slots[k]->active = false;
    }
}

static void set_active(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        const LiveRoute *route = &live->items[i];
        Slot *candidate = live_route_candidate(route);

        if (live_route_active(route))
            slot_serve(live_route_active(route), route->route.release);
        if (candidate)
            slot_serve(candidate, route->route.candidate_release);
    }
}

static void close_inactive_pools(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        for (size_t k = 0; k < live->items[i].route.slot_count; k++) {
            if (!live->items[i].slots[k]->active)
                (void)pool_close(live->items[i].slots[k]); /* how many is nobody's question */
        }
    }
}

bool live_routes_apply(LiveRoutes *live, Connections *connections, const RouteTable *table)
{
    LiveRoutes next = {.generation = table->generation};
    LiveRoutes before;

    next.items = calloc(table->count ? table->count : 1, sizeof *next.items);
    if (!next.items)
        return false;
    for (; next.count < table->count; next.count++) {
        if (!make(&next.items[next.count], live, connections, &table->items[next.count])) {
            live_routes_free(&next);
            return false;
        }
    }
    set_all_inactive(live);
    set_active(&next);
    close_inactive_pools(live);
    before = *live;
    *live = next; /* who is sent away below goes by it already */
    take_leave(&before, live);
    set_gates(live);
    live_routes_free(&before);
    return true;
}

void live_routes_free(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++)
        drop_parts(&live->items[i]);
    free(live->items);
    *live = (LiveRoutes){0};
}

const LiveRoute *live_routes_at(const LiveRoutes *live, const Address *listen)
{
    for (size_t i = 0; i < live->count; i++) {
        if (route_listens_on(&live->items[i].route, listen))
            return &live->items[i];
    }
    return NULL;
}

const LiveRoute *live_routes_find(const LiveRoutes *live, const char *app)
{
    for (size_t i = 0; i < live->count; i++) {
        if (text_equal(live->items[i].route.app, app))
            return &live->items[i];
    }
    return NULL;
}

Slot *live_route_active(const LiveRoute *route)
{
    return route->route.active == ROUTE_NO_SLOT ? NULL : route->slots[route->route.active];
}

Slot *live_route_candidate(const LiveRoute *route)
{
    return route->route.candidate_ppm > 0 ? route->slots[1 - route->route.active] : NULL;
}

const char *live_route_release(const LiveRoute *route, const Slot *slot)
{
    static const char unknown[ROUTE_RELEASE_SIZE] = "";

    if (slot == live_route_active(route))
        return route->route.release;
    return slot == live_route_candidate(route) ? route->route.candidate_release : unknown;
}

Slot *live_route_slot(const LiveRoute *route, const char *name)
{
    int index = route_slot_index(&route->route, name);

    return index == ROUTE_NO_SLOT ? NULL : route->slots[index];
}

void live_routes_sweep(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        for (size_t k = 0; k < live->items[i].route.slot_count; k++)
            pool_sweep(live->items[i].slots[k]);
    }
}

bool live_routes_tick(LiveRoutes *live)
{
    bool more = false;

    for (size_t i = 0; i < live->count; i++) {
        more |= gate_tick(live->items[i].gate);
        for (size_t k = 0; k < live->items[i].route.slot_count; k++)
            more |= slot_tick(live->items[i].slots[k]);
    }
    return more;
}

void live_routes_send_away(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++)
        gate_send_away(live->items[i].gate);
}

void live_routes_close_upgraded(LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        for (size_t k = 0; k < live->items[i].route.slot_count; k++)
            (void)slot_close(live->items[i].slots[k], SLOT_UPGRADED, 0); /* who cares how many */
    }
}

void live_routes_empty_pools(const LiveRoutes *live)
{
    for (size_t i = 0; i < live->count; i++) {
        for (size_t k = 0; k < live->items[i].route.slot_count; k++)
            (void)pool_close(live->items[i].slots[k]); /* how many is nobody's question */
    }
}

void live_routes_close_pools(LiveRoutes *live)
{
    set_all_inactive(live);
    live_routes_empty_pools(live);
}

Json *live_routes_to_json(const LiveRoutes *live)
{
    RouteTable table = {.generation = live->generation};
    Json *json = NULL;

    table.items = calloc(live->count ? live->count : 1, sizeof *table.items);
    if (!table.items)
        return NULL;
    for (; table.count < live->count; table.count++)
        table.items[table.count] = live->items[table.count].route;
    json = routes_to_json(&table);
    routes_free(&table);
    return json;
}
