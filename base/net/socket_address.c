/* See socket_address.h. */
#include "base/net/socket_address.h"

#include <uv.h>

int socket_address_of(const Address *address, void *out)
{
    /* The host is numeric: it was parsed before. */
    if (address->is_ipv6) {
        (void)uv_ip6_addr(address->host, address->port, out);
        return sizeof(struct sockaddr_in6);
    }
    (void)uv_ip4_addr(address->host, address->port, out);
    return sizeof(struct sockaddr_in);
}
