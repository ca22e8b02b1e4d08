/* See winsock_windows.h. */
#include "base/net/winsock_windows.h"
#include "base/net/socket_address.h"

#include <winsock2.h>

#include <ws2tcpip.h>

int winsock_begin(void)
{
    WSADATA ignored;

    return WSAStartup(MAKEWORD(2, 2), &ignored);
}

void winsock_end(void)
{
    (void)WSACleanup();
}

/* ---- binding ---- */

static int set_option(SOCKET which, int level, int name)
{
    const BOOL on = TRUE;

    return setsockopt(which, level, name, (const char *)&on, sizeof on);
}

/* SO_REUSEADDR would let two programs have one port here; exclusive use is what listeners ask for.
 */
int winsock_try_to_bind(const Address *address)
{
    struct sockaddr_storage where;
    int length = socket_address_of(address, &where), number = 0;
    SOCKET probe = socket(where.ss_family, SOCK_STREAM, IPPROTO_TCP);

    if (probe == INVALID_SOCKET)
        return WSAGetLastError();
    (void)set_option(probe, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
    if (address->is_ipv6) /* 0.0.0.0 may be taken beside [::] */
        (void)set_option(probe, IPPROTO_IPV6, IPV6_V6ONLY);
    number = bind(probe, (const struct sockaddr *)&where, length) == 0 ? 0 : WSAGetLastError();
    (void)closesocket(probe);
    return number;
}

/* ---- connecting ---- */

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

static int connect_within(SOCKET connection, const Address *address, int64_t timeout_ms)
{
    struct sockaddr_storage where;
    int length = socket_address_of(address, &where);
    u_long nonblocking = 1;

    if (ioctlsocket(connection, (long)FIONBIO, &nonblocking) != 0)
        return WSAGetLastError();
    if (connect(connection, (const struct sockaddr *)&where, length) == 0)
        return 0;
    if (WSAGetLastError() != WSAEWOULDBLOCK)
        return WSAGetLastError();
    return wait_until_connected(connection, timeout_ms);
}

int winsock_connect(const Address *address, int64_t timeout_ms, uintptr_t *out)
{
    SOCKET connection = socket(address->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int number = 0;

    if (connection == INVALID_SOCKET)
        return WSAGetLastError();
    number = connect_within(connection, address, timeout_ms);
    if (number == 0)
        *out = connection;
    else
        (void)closesocket(connection);
    return number;
}

void winsock_close(uintptr_t socket)
{
    (void)closesocket(socket);
}
