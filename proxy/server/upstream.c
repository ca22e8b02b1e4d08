/* See upstream.h. */
#include "proxy/server/upstream.h"

#include <stdlib.h>

Upstream *upstream_connect(Slot *slot, const ConnectionEvents *events, void *owner)
{
    Upstream *upstream = calloc(1, sizeof *upstream);

    if (!upstream)
        return NULL;
    link_init(&upstream->idle);
    upstream->slot = slot_keep(slot);
    upstream->connection = connection_new(slot->connections);
    if (!upstream->connection) {
        upstream_close(upstream);
        return NULL;
    }
    connection_set_owner(upstream->connection, events, owner);
    if (connection_connect(upstream->connection, &slot->endpoint.any) < 0) {
        upstream_close(upstream);
        return NULL;
    }
    slot->stats.connections++;
    return upstream;
}

Connection *upstream_release(Upstream *upstream)
{
    Connection *connection = upstream->connection;

    if (!link_alone(&upstream->idle)) {
        link_remove(&upstream->idle);
        upstream->slot->stats.idle--;
    }
    slot_drop(upstream->slot);
    free(upstream);
    return connection;
}

void upstream_close(Upstream *upstream)
{
    if (upstream)
        connection_close(upstream_release(upstream));
}
