/* gate: whether the requests of one app get through, and those that wait for it to open.
 *
 * First come, first served: while somebody waits, whoever comes later waits behind him. An opened
 * gate lets them through over at most GATE_RELEASE_MS, so that an instance that has just begun to
 * serve does not meet all of them at one instant. Counted references: who waits keeps the gate. */
#ifndef GODEPLOY_PROXY_SERVER_GATE_H
#define GODEPLOY_PROXY_SERVER_GATE_H

#include "base/json.h"
#include "proxy/route.h"
#include "proxy/server/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GATE_REQUESTS = 1000, /* what may wait where the route says nothing of it */
    GATE_BYTES = 16 * 1024 * 1024,
    GATE_MS = 30000,
    GATE_TICK_MS = 5,
    GATE_RELEASE_MS = 500
};

/* What happened at the gate of one app, added up over workers like Stats. */
typedef struct GateStats {
    uint64_t waiting;
    uint64_t held;        /* had to wait, those that wait now included */
    uint64_t refused;     /* found no room to wait */
    uint64_t timed_out;   /* waited for as long as one may */
    uint64_t left;        /* went away while they waited */
    uint64_t turned_away; /* got the page of a maintenance */
    uint64_t clients;     /* connections that are open */
    uint64_t crowded;     /* connections that found too many others */
} GateStats;

Json *gate_stats_to_json(const GateStats *stats);
void gate_stats_add_json(GateStats *sum, const Json *json);

typedef struct Gate {
    RouteGate state;
    RouteHold bounds;
    Link waiting; /* of Held, in the order they came */
    uint64_t bytes;
    unsigned ticks_left; /* in which all that wait are let through; 0: nobody is */
    GateStats stats;
    unsigned references;
} Gate;

/* Somebody who waits; embedded in whatever he is. */
typedef struct Held {
    Link link;
    Gate *gate; /* NULL: waits nowhere */
    size_t bytes;
    /* He waits no longer when it is called, and may be gone when it returns. */
    void (*admitted)(struct Held *held);
} Held;

Gate *gate_new(void); /* one reference; NULL: out of memory */
Gate *gate_keep(Gate *gate);
void gate_drop(Gate *gate); /* accepts NULL */

/* Takes over what the route says of its gate. One that is not held any more lets through with the
 * next ticks. */
void gate_follow(Gate *gate, const Route *route);
/* True if who comes now has to wait. */
bool gate_is_shut(const Gate *gate);
int64_t gate_patience_ms(const Gate *gate); /* how long one may wait */

/* One more connection of a client; false, and counted as crowded, if there are `most` already. 0:
 * any number. While it is open it keeps the gate. */
bool gate_enter(Gate *gate, int64_t most);
void gate_exit(Gate *gate);

/* False, and counted as refused, where there is no room. `held` must be zero but for its
 * callback. */
bool gate_wait(Gate *gate, Held *held, size_t bytes);
/* `more` bytes of his came meanwhile; likewise. */
bool gate_wait_with_more(Held *held, size_t more);

typedef enum GateLeaving { GATE_LEFT, GATE_TIMED_OUT, GATE_REFUSED } GateLeaving;
/* He waits no longer, unadmitted; harmless for one who does not wait. */
void gate_leave(Held *held, GateLeaving why);

/* Every GATE_TICK_MS while it is true that somebody is to be let through. */
bool gate_tick(Gate *gate);
/* There will be no more ticks, for the route or the worker ends: all are admitted at once, to learn
 * that nobody serves them. */
void gate_send_away(Gate *gate);

#endif
