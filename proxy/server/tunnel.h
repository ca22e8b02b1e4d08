/* tunnel: bytes both ways between a client and a slot, unread: behind a 101, and in tcp mode.
 *
 * Each side may end its half on its own; the tunnel is gone when both have, or when one breaks. One
 * that is told to stop is reset, so that nobody takes what he has for the whole; but a WebSocket is
 * told goodbye in both directions, each between two frames, and then ended in good order. */
#ifndef GODEPLOY_PROXY_SERVER_TUNNEL_H
#define GODEPLOY_PROXY_SERVER_TUNNEL_H

#include "proxy/server/span.h"
#include "proxy/server/traffic.h"

typedef struct TunnelEnds {
    Slot *slot; /* one reference, taken */
    SlotClass class_;
    Connection *client;   /* taken */
    Connection *upstream; /* taken */
    bool client_ended;    /* its half is over already */
    bool websocket;       /* they speak WebSocket behind the 101 */
    Span from_client;     /* what came already and is not passed on yet; borrowed */
    Span from_upstream;
} TunnelEnds;

void tunnel_start(Traffic *traffic, const TunnelEnds *ends);

#endif
