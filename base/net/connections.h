/* connections: the TCP sockets of one local port, as the kernel lists them: for who routes
 * connections without carrying them, and so cannot count them itself.
 *
 * Of the network namespace that this process is in. Done in connections_linux.c and
 * connections_windows.c. */
#ifndef GODEPLOY_BASE_NET_CONNECTIONS_H
#define GODEPLOY_BASE_NET_CONNECTIONS_H

#include "base/error.h"

#include <stdint.h>

/* How many connections that were accepted on `port` are open: neither side, or only the client, has
 * said its end. */
bool connections_count(uint16_t port, int64_t *count, Error *err);

/* Whether somebody listens on `port` for more than this host itself: by an address that is not
 * loopback, through which clients of IPv4 (of IPv6) get in. */
bool connections_from_outside(uint16_t port, bool ipv6, bool *possible, Error *err);

#endif
