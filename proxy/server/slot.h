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

/* Somebody at work on a slot who can be told to stop. He may take a moment, and is counted until he
 * has left. */
typedef struct Member {
    Link link;
    void (*abort)(struct Member *member);
} Member;

typedef enum SlotClass { SLOT_IN_FLIGHT, SLOT_UPGRADED, SLOT_CLASSES } SlotClass;

/* Those of one class: each is in one of the three lists. */
typedef struct SlotMembers {
    Link staying;
    Link leaving; /* told to stop one after another, so that the last is told at `until_ms` */
    Link told;
    uint64_t to_tell; /* how many were leaving at from_ms */
    uint64_t told_count;
    int64_t from_ms; /* of uv_now() */
    int64_t until_ms;
} SlotMembers;

/* More than rest at once while as many requests are under way as one turn of the loop can bring:
 * with fewer, some are closed only to be opened again. */
enum { SLOT_POOL_MAX = 4096 };

typedef struct Slot {
    char name[ROUTE_SLOT_NAME_SIZE];
    char host[ADDRESS_TEXT_SIZE];     /* its address as text */
    char release[ROUTE_RELEASE_SIZE]; /* that the figures are of; "" if nobody said it */
    Address address;
    Endpoint endpoint;
    bool active; /* new requests come here, also as a candidate's: only then connections are kept
                    for them */
    Connections *connections;
    SlotMembers members[SLOT_CLASSES];
    Link idle;       /* of Upstream: the pool, most recently used last */
    size_t pool_max; /* so many may rest there */
    Stats stats;     /* in_flight, idle and upgraded are the lengths of the lists */
    unsigned references;
} Slot;

Slot *slot_new(Connections *connections, const RouteSlot *from); /* one reference; NULL: memory */
Slot *slot_keep(Slot *slot);
void slot_drop(Slot *slot); /* accepts NULL */

/* It serves with this release ("": unknown) from now on. Another one begins with figures of its
 * own; who was to leave and was not told yet stays. */
void slot_serve(Slot *slot, const char *release);

void slot_enter(Slot *slot, SlotClass class_, Member *member);
void slot_leave(Slot *slot, SlotClass class_, Member *member);

/* Tells each of them to stop, at even distances over `over_ms` (0: at once); returns how many there
 * are. Who enters later is not meant. Where that takes time, slot_tick() does it. */
size_t slot_close(Slot *slot, SlotClass class_, int64_t over_ms);
/* Tells those whose time has come; true while there are more. */
bool slot_tick(Slot *slot);
/* There will be no more ticks: who is leaving is told now. */
void slot_hurry(Slot *slot);

#endif
