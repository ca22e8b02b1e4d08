/* live_routes: the routes as a worker follows them, each with its slots at work.
 *
 * live_routes_apply() is the flip: what is looked up after it goes by the new table, without an
 * instant between. */
#ifndef GODEPLOY_PROXY_SERVER_LIVE_ROUTES_H
#define GODEPLOY_PROXY_SERVER_LIVE_ROUTES_H

#include "proxy/server/connection.h"
#include "proxy/server/gate.h"
#include "proxy/server/routes.h"
#include "proxy/server/slot.h"

typedef struct LiveRoute {
    Route route;
    Slot *slots[ROUTE_SLOTS_MAX]; /* one reference each */
    Gate *gate;                   /* likewise */
} LiveRoute;

typedef struct LiveRoutes {
    LiveRoute *items;
    size_t count;
    int64_t generation;
} LiveRoutes;

/* Slots of the same app, name and address live on with their figures, and so does the gate of an
 * app with those who wait there; the pools of slots that serve no longer are closed. False, with
 * nothing changed, if out of memory. */
bool live_routes_apply(LiveRoutes *live, Connections *connections, const RouteTable *table);
void live_routes_free(LiveRoutes *live);

/* Borrowed until the next apply; NULL if there is none. */
const LiveRoute *live_routes_at(const LiveRoutes *live, const Address *listen);
const LiveRoute *live_routes_find(const LiveRoutes *live, const char *app);
Slot *live_route_active(const LiveRoute *route);                 /* NULL: none is */
Slot *live_route_candidate(const LiveRoute *route);              /* NULL: there is no canary */
Slot *live_route_slot(const LiveRoute *route, const char *name); /* NULL: none such */

/* What runs in the slot as far as the route says; "" if it does not. ROUTE_RELEASE_SIZE bytes. */
const char *live_route_release(const LiveRoute *route, const Slot *slot);

void live_routes_sweep(LiveRoutes *live); /* the pools; see upstream.h */
/* What happens little by little: who waited at a gate is let through, who is to leave a slot is
 * told. True while there is more of it; call it again after GATE_TICK_MS. */
bool live_routes_tick(LiveRoutes *live);
/* The worker ends: who waits at a gate is refused. */
void live_routes_send_away(LiveRoutes *live);
/* The worker ends now: a WebSocket gets a close frame, 1001. */
void live_routes_close_upgraded(LiveRoutes *live);
void live_routes_empty_pools(const LiveRoutes *live); /* slots may fill them again */
void live_routes_close_pools(LiveRoutes *live);

Json *live_routes_to_json(const LiveRoutes *live); /* as routes_to_json() */

#endif
