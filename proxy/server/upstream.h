/* upstream: one connection to a slot, fresh or out of the slot's pool.
 *
 * A pooled connection that becomes readable is dropped at once: it was closed, or it broke the
 * protocol. */
#ifndef GODEPLOY_PROXY_SERVER_UPSTREAM_H
#define GODEPLOY_PROXY_SERVER_UPSTREAM_H

#include "proxy/server/connection.h"
#include "proxy/server/slot.h"

enum {
    POOL_IDLE_MS = 90000,      /* longest rest */
    POOL_IDLE_SHORT_MS = 2000, /* for requests that cannot be sent twice: servers close after 5 s or
                                  more, and a close that crosses the request would lose it */
};

typedef struct Upstream {
    Link idle;  /* in slot->idle while it rests */
    Slot *slot; /* keeps a reference */
    Connection *connection;
    bool reused;
    int64_t idle_since_ms;
} Upstream;

/* Begins to connect; events->connected tells the end of it. NULL: out of memory or descriptors. */
Upstream *upstream_connect(Slot *slot, const ConnectionEvents *events, void *owner);
void upstream_close(Upstream *upstream); /* accepts NULL */
/* Frees the Upstream without ending its connection, which is returned. */
Connection *upstream_release(Upstream *upstream);

/* The connection used last that rested at most `most_idle_ms` and is still good; NULL if none. */
Upstream *pool_take(Slot *slot, int64_t most_idle_ms);
/* Keeps it for the next request, or closes it where that is of no use. Nothing may be owed on it.
 */
void pool_give(Upstream *upstream);
size_t pool_close(Slot *slot);
/* Closes what rested too long. Call it once a second or so. */
void pool_sweep(Slot *slot);

#endif
