/* endpoint: an Address as the system's calls want it, and back. */
#ifndef GODEPLOY_PROXY_SERVER_ENDPOINT_H
#define GODEPLOY_PROXY_SERVER_ENDPOINT_H

#include "base/net/address.h"

#include <uv.h>

typedef union Endpoint {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage room;
} Endpoint;

bool endpoint_of(const Address *address, Endpoint *out);    /* false: not a numeric host */
bool endpoint_read(const Endpoint *endpoint, Address *out); /* false: not TCP over IP */
bool endpoint_of_listener(const uv_tcp_t *listener, Address *out);

#endif
