/* See connections.h. */
#include "base/net/connections.h"

#include "base/net/tcp_sockets_linux.h"

#include <string.h>

typedef struct Outside {
    bool ipv6; /* of the clients */
    bool possible;
} Outside;

static bool ask(const TcpSocketQuery *query, Error *err)
{
    return tcp_sockets_visit(query) ||
           error_set(err, ERR_SYSTEM, "the kernel does not list the sockets of port %u (tcp_diag)",
                     (unsigned)query->local_port);
}

static void count_one(void *context, const TcpSocket *socket)
{
    (void)socket;
    (*(int64_t *)context)++;
}

bool connections_count(uint16_t port, int64_t *count, Error *err)
{
    int64_t found = 0;
    TcpSocketQuery query = {.states = 1U << TCP_STATE_ESTABLISHED | 1U << TCP_STATE_CLOSE_WAIT,
                            .local_port = port,
                            .see = count_one,
                            .context = &found};

    if (!ask(&query, err))
        return false;
    *count = found;
    return true;
}

static bool is_loopback(const TcpSocket *socket)
{
    static const unsigned char loopback6[16] = {[15] = 1};

    if (socket->ipv6)
        return memcmp(socket->local_address, loopback6, sizeof loopback6) == 0;
    return socket->local_address[0] == 127;
}

/* A listener on :: takes IPv4 too, unless it says otherwise. */
static bool takes_ipv4(const TcpSocket *socket)
{
    static const unsigned char any[16];

    return !socket->ipv6 || memcmp(socket->local_address, any, sizeof any) == 0;
}

static void look_at_listener(void *context, const TcpSocket *socket)
{
    Outside *outside = context;

    if (!is_loopback(socket) && (outside->ipv6 ? socket->ipv6 : takes_ipv4(socket)))
        outside->possible = true;
}

bool connections_from_outside(uint16_t port, bool ipv6, bool *possible, Error *err)
{
    Outside outside = {.ipv6 = ipv6};
    TcpSocketQuery query = {.states = 1U << TCP_STATE_LISTEN,
                            .local_port = port,
                            .see = look_at_listener,
                            .context = &outside};

    if (!ask(&query, err))
        return false;
    *possible = outside.possible;
    return true;
}
