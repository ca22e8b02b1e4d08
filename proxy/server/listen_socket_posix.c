/* See listen_socket.h. */
#include "proxy/server/listen_socket.h"

#include "proxy/server/endpoint.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static bool bind_and_listen(int descriptor, const Address *address, int backlog)
{
    Endpoint here;
    int on = 1;

    if (!endpoint_of(address, &here)) {
        errno = EINVAL;
        return false;
    }
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return false;
    if (address->is_ipv6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        return false;
    return bind(descriptor, &here.any, address->is_ipv6 ? sizeof here.v6 : sizeof here.v4) == 0 &&
           listen(descriptor, backlog) == 0;
}

bool listen_socket_open(const Address *address, int backlog, uv_os_sock_t *out, Error *err)
{
    char text[ADDRESS_TEXT_SIZE];
    int descriptor = socket(address->is_ipv6 ? AF_INET6 : AF_INET,
                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int number = errno;

    if (descriptor >= 0 && bind_and_listen(descriptor, address, backlog)) {
        *out = descriptor;
        return true;
    }
    if (descriptor >= 0) {
        number = errno;
        (void)close(descriptor); /* nothing was written */
    }
    return error_set_errno(err, ERR_NETWORK, number, "%s", address_format(address, text));
}

void listen_socket_close(uv_os_sock_t socket)
{
    (void)close(socket); /* nothing was written */
}
