/* Part of address.h: sockets. */
#include "base/net/address.h"
#include "base/net/winsock_windows.h"
#include "base/wide_windows.h"

#include <winsock2.h>

#include <string.h>

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

bool address_can_bind(const Address *address, const char **why)
{
    int number = winsock_begin();

    if (number == 0) {
        number = winsock_try_to_bind(address);
        winsock_end();
    }
    if (number == 0)
        return true;
    *why = why_not_bound(number);
    return false;
}

/* TCP lets a socket connect to itself where nobody listens and the system happens to give it the
 * very port that it asks for. */
static bool is_own_echo(SOCKET connection)
{
    struct sockaddr_storage mine, other;
    int mine_length = sizeof mine, other_length = sizeof other;

    memset(&mine, 0, sizeof mine);
    memset(&other, 0, sizeof other);
    return getsockname(connection, (struct sockaddr *)&mine, &mine_length) == 0 &&
           getpeername(connection, (struct sockaddr *)&other, &other_length) == 0 &&
           mine_length == other_length && memcmp(&mine, &other, (size_t)mine_length) == 0;
}

static int try_to_connect(const Address *address, int64_t timeout_ms)
{
    uintptr_t connection = 0;
    int number = winsock_connect(address, timeout_ms, &connection);

    if (number != 0)
        return number;
    if (is_own_echo(connection))
        number = WSAECONNREFUSED;
    winsock_close(connection);
    return number;
}

bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err)
{
    char name[ADDRESS_TEXT_SIZE];
    int number = winsock_begin();

    if (number == 0) {
        number = try_to_connect(address, timeout_ms);
        winsock_end();
    }
    if (number == 0)
        return true;
    (void)address_format(address, name);
    if (number == WSAETIMEDOUT)
        return error_set(err, ERR_NETWORK, "connecting to %s: no answer within %lld ms", name,
                         (long long)timeout_ms);
    return error_set_windows(err, ERR_NETWORK, (unsigned long)number, "connecting to %s", name);
}
