/* See endpoint.h. */
#include "proxy/server/endpoint.h"

#include <string.h>

bool endpoint_of(const Address *address, Endpoint *out)
{
    memset(out, 0, sizeof *out);
    if (address->is_ipv6)
        return uv_ip6_addr(address->host, address->port, &out->v6) == 0;
    return uv_ip4_addr(address->host, address->port, &out->v4) == 0;
}

static uint16_t port_of(const unsigned char in_network_order[2])
{
    return (uint16_t)(in_network_order[0] << 8 | in_network_order[1]);
}

bool endpoint_read(const Endpoint *endpoint, Address *out)
{
    bool is_ipv6 = endpoint->any.sa_family == AF_INET6;
    unsigned char port[2];

    memset(out, 0, sizeof *out);
    if (!is_ipv6 && endpoint->any.sa_family != AF_INET)
        return false;
    memcpy(port,
           is_ipv6 ? (const void *)&endpoint->v6.sin6_port : (const void *)&endpoint->v4.sin_port,
           sizeof port);
    out->is_ipv6 = is_ipv6;
    out->port = port_of(port);
    return uv_ip_name(&endpoint->any, out->host, sizeof out->host) == 0;
}

bool endpoint_of_listener(const uv_tcp_t *listener, Address *out)
{
    Endpoint here;
    int length = (int)sizeof here;

    return uv_tcp_getsockname(listener, &here.any, &length) == 0 && endpoint_read(&here, out);
}
