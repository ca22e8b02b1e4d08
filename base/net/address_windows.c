/* Part of address.h: sockets. Source:
 * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse */
#include "base/clock.h"
#include "base/net/address.h"
#include "base/wide_windows.h"

#include <winsock2.h>

#include <stdint.h>
#include <string.h>
#include <ws2tcpip.h>

typedef union SocketAddress {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} SocketAddress;

static int to_system(const Address *address, SocketAddress *out)
{
    memset(out, 0, sizeof *out);
    if (address->is_ipv6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(address->port);
        (void)inet_pton(AF_INET6, address->host, &out->v6.sin6_addr); /* parsed before */
        return sizeof out->v6;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(address->port);
    (void)inet_pton(AF_INET, address->host, &out->v4.sin_addr);
    return sizeof out->v4;
}

static const char *why_not_bound(int number)
{
    switch (number) {
    case WSAEADDRINUSE:
        return "another program listens there";
    case WSAEADDRNOTAVAIL:
        return "this host has no such address";
    case WSAEACCES: /* netsh interface ipv4 show excludedportrange */
        return "Windows keeps that port back, or another program has it to itself";
    case WSAEAFNOSUPPORT:
        return "this host does not speak that protocol";
    default:
        return "the system refused it";
    }
}

static int set_option(SOCKET which, int level, int name)
{
    const BOOL on = TRUE;

    return setsockopt(which, level, name, (const char *)&on, sizeof on);
}

/* It only binds, as every listener does: to listen would take a connection away from somebody.
 * SO_REUSEADDR would let two programs have one port here; exclusive use is what listeners ask for.
 */
static int try_to_bind(const Address *address)
{
    SocketAddress where;
    int length = to_system(address, &where), number = 0;
    SOCKET probe = socket(where.any.sa_family, SOCK_STREAM, IPPROTO_TCP);

    if (probe == INVALID_SOCKET)
        return WSAGetLastError();
    (void)set_option(probe, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
    if (address->is_ipv6) /* 0.0.0.0 may be taken beside [::] */
        (void)set_option(probe, IPPROTO_IPV6, IPV6_V6ONLY);
    number = bind(probe, &where.any, length) == 0 ? 0 : WSAGetLastError();
    (void)closesocket(probe);
    return number;
}

/* Winsock counts who uses it. 0, or Winsock's error. */
static int begin_sockets(void)
{
    WSADATA ignored;

    return WSAStartup(MAKEWORD(2, 2), &ignored);
}

bool address_can_bind(const Address *address, const char **why)
{
    int number = begin_sockets();

    if (number == 0) {
        number = try_to_bind(address);
        (void)WSACleanup();
    }
    if (number == 0)
        return true;
    *why = why_not_bound(number);
    return false;
}

/* Winsock's error of a connection that is being made; WSAETIMEDOUT if it takes too long. WSAPoll()
 * does not tell of a refused one before Windows 10 2004, select() does. */
static int wait_until_connected(SOCKET connection, int64_t timeout_ms)
{
    struct timeval left = {.tv_sec = (long)(timeout_ms / 1000),
                           .tv_usec = (long)(timeout_ms % 1000 * 1000)};
    int number = 0, size = sizeof number, count = 0;
    fd_set connected = {.fd_count = 1, .fd_array = {connection}};
    fd_set refused = connected;

    count = select(0, NULL, &connected, &refused, &left);
    if (count == 0)
        return WSAETIMEDOUT;
    if (count < 0 || getsockopt(connection, SOL_SOCKET, SO_ERROR, (char *)&number, &size) != 0)
        return WSAGetLastError();
    return number;
}

/* TCP lets a socket connect to itself where nobody listens and the system happens to give it the
 * very port that it asks for. */
static bool is_own_echo(SOCKET connection)
{
    SocketAddress mine, other;
    int mine_length = sizeof mine, other_length = sizeof other;

    memset(&mine, 0, sizeof mine);
    memset(&other, 0, sizeof other);
    return getsockname(connection, &mine.any, &mine_length) == 0 &&
           getpeername(connection, &other.any, &other_length) == 0 && mine_length == other_length &&
           memcmp(&mine, &other, (size_t)mine_length) == 0;
}

static int try_to_connect(const Address *address, int64_t timeout_ms)
{
    SocketAddress where;
    int length = to_system(address, &where), number = 0;
    u_long nonblocking = 1;
    SOCKET connection = socket(where.any.sa_family, SOCK_STREAM, IPPROTO_TCP);

    if (connection == INVALID_SOCKET)
        return WSAGetLastError();
    if (ioctlsocket(connection, (long)FIONBIO, &nonblocking) != 0 ||
        connect(connection, &where.any, length) != 0)
        number = WSAGetLastError();
    if (number == WSAEWOULDBLOCK)
        number = wait_until_connected(connection, timeout_ms);
    if (number == 0 && is_own_echo(connection))
        number = WSAECONNREFUSED;
    (void)closesocket(connection);
    return number;
}

bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err)
{
    char name[ADDRESS_TEXT_SIZE];
    int number = begin_sockets();

    if (number == 0) {
        number = try_to_connect(address, timeout_ms);
        (void)WSACleanup();
    }
    if (number == 0)
        return true;
    (void)address_format(address, name);
    if (number == WSAETIMEDOUT)
        return error_set(err, ERR_NETWORK, "connecting to %s: no answer within %lld ms", name,
                         (long long)timeout_ms);
    return error_set_windows(err, ERR_NETWORK, (unsigned long)number, "connecting to %s", name);
}
