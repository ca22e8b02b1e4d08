/* listen_socket: a bound TCP socket that listens although nobody here accepts on it: connections
 * wait in its backlog for whoever is handed a copy.
 *
 * Source: listen(2), ipv6(7) IPV6_V6ONLY; Microsoft Learn, "Using SO_REUSEADDR and
 * SO_EXCLUSIVEADDRUSE". */
#ifndef GODEPLOY_PROXY_SERVER_LISTEN_SOCKET_H
#define GODEPLOY_PROXY_SERVER_LISTEN_SOCKET_H

#include "base/net/address.h"

#include <uv.h>

enum { LISTEN_BACKLOG = 4096 };

/* ERR_NETWORK, or ERR_PERMISSION for a port below 1024: "127.0.0.1:8080: address already in use".
 */
bool listen_socket_open(const Address *address, int backlog, uv_os_sock_t *out, Error *err);
void listen_socket_close(uv_os_sock_t socket);

#endif
