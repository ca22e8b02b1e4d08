/* See proxy_header.h. */
#include "proxy/server/proxy_header.h"

#include "proxy/server/endpoint.h"

#include <string.h>

enum {
    FIXED_BYTES = 16, /* signature, version and command, family, length */
    VERSION_2_PROXY = 0x21,
    TCP_OVER_IPV4 = 0x11,
    TCP_OVER_IPV6 = 0x21,
    HOST_IPV4 = 4,
    HOST_IPV6 = 16,
    PORT = 2
};

static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";

static const void *host_of(const Endpoint *endpoint, bool is_ipv6)
{
    return is_ipv6 ? (const void *)&endpoint->v6.sin6_addr : (const void *)&endpoint->v4.sin_addr;
}

static const void *port_of(const Endpoint *endpoint, bool is_ipv6)
{
    return is_ipv6 ? (const void *)&endpoint->v6.sin6_port : (const void *)&endpoint->v4.sin_port;
}

/* Both hosts, then both ports, all in network order as the system has them. */
static size_t write_addresses(const Endpoint *peer, const Endpoint *here, char *out)
{
    bool is_ipv6 = peer->any.sa_family == AF_INET6;
    size_t host = is_ipv6 ? HOST_IPV6 : HOST_IPV4;

    memcpy(out, host_of(peer, is_ipv6), host);
    memcpy(out + host, host_of(here, is_ipv6), host);
    memcpy(out + 2 * host, port_of(peer, is_ipv6), PORT);
    memcpy(out + 2 * host + PORT, port_of(here, is_ipv6), PORT);
    return 2 * (host + PORT);
}

static char family_of(const Endpoint *peer)
{
    return peer->any.sa_family == AF_INET6 ? TCP_OVER_IPV6 : TCP_OVER_IPV4;
}

size_t proxy_header_write(const Connection *client, char out[PROXY_HEADER_MAX])
{
    Endpoint peer;
    Endpoint here;
    size_t length = 0;

    memset(out, 0, PROXY_HEADER_MAX);
    memcpy(out, signature, sizeof signature - 1);
    out[12] = VERSION_2_PROXY;
    if (connection_ends(client, &peer, &here)) {
        out[13] = family_of(&peer);
        length = write_addresses(&peer, &here, out + FIXED_BYTES);
    }
    out[15] = (char)length;
    return FIXED_BYTES + length;
}
