/* slot: one side port of an app as a worker sees it: its address, what is going on there, its
 * figures.
 *
 * Counted references: a request keeps the slot it was routed to, also after the route has gone. */
#ifndef GODEPLOY_PROXY_SERVER_SLOT_H
#define GODEPLOY_PROXY_SERVER_SLOT_H

#include "proxy/route.h"
#include "proxy/server/connection.h"
#include "proxy/server/endpoint.h"
#include "proxy/server/link.h"
#include "proxy/server/stats.h"

/* Somebody at work on a slot who can be told to stop. */
typedef struct Member {
    Link link;
    void (*abort)(struct Member *member);
} Member;

typedef struct Slot {
    char name[ROUTE_SLOT_NAME_SIZE];
    char host[ADDRESS_TEXT_SIZE]; /* its address as text */
    Address address;
    Endpoint endpoint;
    bool active; /* new requests come here: only then connections are kept for them */
    Connections *connections;
    Link in_flight; /* of Member */
    Link upgraded;  /* of Member */
    Link idle;      /* of Upstream: the pool, most recently used last */
    Stats stats;    /* in_flight, idle and upgraded are the lengths of the lists */
    unsigned references;
} Slot;

Slot *slot_new(Connections *connections, const RouteSlot *from); /* one reference; NULL: memory */
Slot *slot_keep(Slot *slot);
void slot_drop(Slot *slot); /* accepts NULL */

typedef enum SlotClass { SLOT_IN_FLIGHT, SLOT_UPGRADED } SlotClass;

void slot_enter(Slot *slot, SlotClass class_, Member *member);
void slot_leave(Slot *slot, SlotClass class_, Member *member);
/* Tells each of them to stop; returns how many there were. */
size_t slot_abort(Slot *slot, SlotClass class_);

#endif
