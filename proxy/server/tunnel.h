/* tunnel: bytes both ways between a client and a slot, unread: behind a 101, and in tcp mode.
 *
 * Each side may end its half on its own; the tunnel is gone when both have, or when one breaks. */
#ifndef GODEPLOY_PROXY_SERVER_TUNNEL_H
#define GODEPLOY_PROXY_SERVER_TUNNEL_H

#include "proxy/server/traffic.h"

typedef struct TunnelEnds {
    Slot *slot; /* one reference, taken */
    SlotClass class_;
    Connection *client;   /* taken */
    Connection *upstream; /* taken */
    bool client_ended;    /* its half is over already */
} TunnelEnds;

void tunnel_start(Traffic *traffic, const TunnelEnds *ends);

#endif
