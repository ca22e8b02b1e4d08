/* See listen_socket.h. SO_EXCLUSIVEADDRUSE: without it any program could bind the same address and
 * take clients away; with SO_REUSEADDR two of ours could. */
#include "proxy/server/listen_socket.h"

#include "base/error_windows.h"
#include "proxy/server/endpoint.h"

#include <windows.h>

/* SOMAXCONN_HINT() of the Windows SDK, which MinGW's headers lack. A plain number is cut to 200,
 * and what finds the queue full is not left to try again, as on Linux, but refused. */
static int whole_backlog(int backlog)
{
    return -backlog;
}

static bool set_on(SOCKET socket, int level, int option)
{
    const int on = 1;

    return setsockopt(socket, level, option, (const char *)&on, sizeof on) == 0;
}

static bool bind_and_listen(SOCKET socket, const Address *address, int backlog)
{
    Endpoint here;

    if (!endpoint_of(address, &here)) {
        WSASetLastError(WSAEINVAL);
        return false;
    }
    if (!set_on(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE) ||
        (address->is_ipv6 && !set_on(socket, IPPROTO_IPV6, IPV6_V6ONLY)))
        return false;
    return bind(socket, &here.any, address->is_ipv6 ? sizeof here.v6 : sizeof here.v4) == 0 &&
           listen(socket, whole_backlog(backlog)) == 0;
}

/* What Windows says of a port that it has reserved for itself (Hyper-V, WinNAT) is not that it is
 * in use. */
static bool refused(int number, const Address *address, Error *err)
{
    char text[ADDRESS_TEXT_SIZE];

    (void)error_set_windows(err, ERR_NETWORK, (unsigned long)number, "%s",
                            address_format(address, text));
    if (number != WSAEACCES)
        return false;
    return error_hint(err,
                      "Another account's program listens on all addresses of port %u, or Windows "
                      "keeps it for itself: netsh interface ipv4 show excludedportrange tcp.",
                      (unsigned)address->port);
}

bool listen_socket_open(const Address *address, int backlog, uv_os_sock_t *out, Error *err)
{
    SOCKET socket = WSASocketW(address->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP,
                               NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    int number = 0;

    if (socket != INVALID_SOCKET && bind_and_listen(socket, address, backlog)) {
        *out = socket;
        return true;
    }
    number = WSAGetLastError();
    if (socket != INVALID_SOCKET)
        (void)closesocket(socket); /* nothing was written */
    return refused(number, address, err);
}

void listen_socket_close(uv_os_sock_t socket)
{
    (void)closesocket(socket); /* nothing was written */
}
