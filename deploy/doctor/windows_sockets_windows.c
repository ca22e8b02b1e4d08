/* Part of windows_host.h: ports and the rules of portproxy. */
#include "deploy/doctor/windows_host.h"

#include "base/error_windows.h"
#include "base/net/tcp_table_windows.h"
#include "base/process/process.h"
#include "proxy/engine/portproxy_host_windows.h"

#include <winsock2.h>

bool windows_portproxy(PortproxyFindings *out, Error *err)
{
    return portproxy_examine(&portproxy_host_windows, out, err);
}

/* 0, or Winsock's error. It only binds, on loopback, and lets go at once. */
static int try_to_bind(uint16_t port)
{
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const BOOL exclusive = TRUE;
    SOCKET probe = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int number = 0;

    if (probe == INVALID_SOCKET)
        return WSAGetLastError();
    (void)setsockopt(probe, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive,
                     sizeof exclusive);
    if (bind(probe, (const struct sockaddr *)&where, sizeof where) != 0)
        number = WSAGetLastError();
    (void)closesocket(probe);
    return number;
}

bool windows_keeps_port(uint16_t port, bool *kept, Error *err)
{
    WSADATA ignored;
    int number = WSAStartup(MAKEWORD(2, 2), &ignored);
    int64_t listener = 0;

    if (number != 0)
        return error_set_windows(err, ERR_NETWORK, (unsigned long)number, "starting Winsock");
    number = try_to_bind(port);
    (void)WSACleanup();
    if (number == WSAEACCES && !process_listening_on(port, &listener, err))
        return false;
    *kept = number == WSAEACCES && listener == 0;
    return true;
}

bool windows_waiting(uint16_t port, int64_t *count, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};
    int64_t waiting = 0;

    if (!tcp_table_read(TCP_ALL, &table, err))
        return false;
    for (size_t i = 0; i < table.count; i++)
        waiting += table.rows[i].remote_port == port && table.rows[i].state == TCP_STATE_TIME_WAIT;
    *count = waiting;
    return true;
}
