/* proxy_header: who the client is, told to a release in tcp mode before the client's own bytes.
 *
 * Source: the PROXY protocol, version 2, sections 2.2 and 2.2.1
 * (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt). */
#ifndef GODEPLOY_PROXY_SERVER_PROXY_HEADER_H
#define GODEPLOY_PROXY_SERVER_PROXY_HEADER_H

#include "proxy/server/connection.h"

enum { PROXY_HEADER_MAX = 52 }; /* 16 bytes, and two IPv6 addresses with their ports */

/* Returns its length. A client whose address is not known any more is said to be of no family. */
size_t proxy_header_write(const Connection *client, char out[PROXY_HEADER_MAX]);

#endif
