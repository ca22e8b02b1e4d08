/* tcp_session: one client connection in tcp mode, until it is connected to a slot; then it is a
 * tunnel. Which slot is decided once, when the gate lets it through. A connection that waits is not
 * read: a client that gives up meanwhile is met at the release. */
#ifndef GODEPLOY_PROXY_SERVER_TCP_SESSION_H
#define GODEPLOY_PROXY_SERVER_TCP_SESSION_H

#include "proxy/server/traffic.h"

/* Takes `client`. */
void tcp_session_start(Traffic *traffic, Connection *client, const Address *listen);

#endif
