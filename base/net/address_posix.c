/* Part of address.h: sockets. */
#include "base/clock.h"
#include "base/net/address.h"
#include "base/net/socket_address.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *why_not_bound(int number)
{
    switch (number) {
    case EADDRINUSE:
        return "another program listens there";
    case EADDRNOTAVAIL:
        return "this host has no such address";
    case EACCES:
    case EPERM:
        return "no permission for that port";
    case EAFNOSUPPORT:
        return "this host does not speak that protocol";
    default:
        return "the system refused it";
    }
}

/* It only binds, as every listener does: to listen would take a connection away from somebody. */
static int try_to_bind(const Address *address)
{
    struct sockaddr_storage where;
    socklen_t length = (socklen_t)socket_address_of(address, &where);
    int on = 1, number = 0;
    int probe = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (probe < 0)
        return errno;
    (void)setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on,
                     sizeof on); /* TIME_WAIT is no obstacle */
    if (address->is_ipv6)        /* 0.0.0.0 may be taken beside [::] */
        (void)setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    number = bind(probe, (const struct sockaddr *)&where, length) == 0 ? 0 : errno;
    (void)close(probe);
    return number;
}

bool address_can_bind(const Address *address, const char **why)
{
    int number = try_to_bind(address);

    if (number == 0)
        return true;
    *why = why_not_bound(number);
    return false;
}

/* The errno value of a connection that is being made; ETIMEDOUT if it takes too long. */
static int wait_until_connected(int connection, int64_t deadline_ms)
{
    struct pollfd ready = {.fd = connection, .events = POLLOUT};
    int number = 0, count = 0;
    socklen_t size = sizeof number;

    do {
        int64_t left_ms = deadline_ms - clock_monotonic_ms();

        if (left_ms <= 0 && count < 0)
            return ETIMEDOUT;
        left_ms = left_ms < 0 ? 0 : left_ms;
        count = poll(&ready, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
    } while (count < 0 && errno == EINTR);
    if (count == 0)
        return ETIMEDOUT;
    if (count < 0 || getsockopt(connection, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        return errno;
    return number;
}

/* TCP lets a socket connect to itself where nobody listens and the system happens to give it the
 * very port that it asks for. */
static bool is_own_echo(int connection)
{
    struct sockaddr_storage mine, other;
    socklen_t mine_length = sizeof mine, other_length = sizeof other;

    memset(&mine, 0, sizeof mine);
    memset(&other, 0, sizeof other);
    return getsockname(connection, (struct sockaddr *)&mine, &mine_length) == 0 &&
           getpeername(connection, (struct sockaddr *)&other, &other_length) == 0 &&
           mine_length == other_length && memcmp(&mine, &other, mine_length) == 0;
}

static int try_to_connect(const Address *address, int64_t timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct sockaddr_storage where;
    socklen_t length = (socklen_t)socket_address_of(address, &where);
    int number = 0;
    int connection = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (connection < 0)
        return errno;
    if (connect(connection, (const struct sockaddr *)&where, length) != 0)
        number = errno;
    if (number == EINPROGRESS || number == EINTR)
        number = wait_until_connected(connection, deadline_ms);
    if (number == 0 && is_own_echo(connection))
        number = ECONNREFUSED;
    (void)close(connection);
    return number;
}

bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err)
{
    char name[ADDRESS_TEXT_SIZE];
    int number = try_to_connect(address, timeout_ms);

    if (number == 0)
        return true;
    (void)address_format(address, name);
    if (number == ETIMEDOUT)
        return error_set(err, ERR_NETWORK, "connecting to %s: no answer within %lld ms", name,
                         (long long)timeout_ms);
    return error_set(err, ERR_NETWORK, "connecting to %s: %s", name, strerror(number));
}
