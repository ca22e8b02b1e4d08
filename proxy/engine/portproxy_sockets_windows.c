/* Part of portproxy_host_windows.h: who listens on a port, who is connected to a slot, and a
 * connection of our own that is held for a moment. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/handle_windows.h"
#include "base/net/tcp_table_windows.h"
#include "base/wide_windows.h"

#include <winsock2.h>

#include <windows.h>

#include <ws2tcpip.h>

#include <stdio.h>
#include <string.h>

/* ---- who listens ---- */

/* "" for one that is gone, or that we may not look at. */
static void name_process(int64_t pid, char out[PORTPROXY_NAME_SIZE])
{
    CLEANUP(handle_close)
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
    CLEANUP(free) char *path = NULL;
    wchar_t wide[1024];
    DWORD length = sizeof wide / sizeof wide[0];
    const char *name = NULL;

    out[0] = '\0';
    if (!process || !QueryFullProcessImageNameW(process, 0, wide, &length))
        return;
    path = wide_to_utf8(wide);
    name = path ? strrchr(path, '\\') : NULL;
    (void)snprintf(out, PORTPROXY_NAME_SIZE, "%s", name ? name + 1 : "");
}

bool portproxy_sockets_find_holders(void *context, uint16_t port, PortproxyHolders *out, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};
    PortproxyHolders found = {0};

    (void)context;
    if (!tcp_table_read(TCP_LISTENERS_OWNED, &table, err))
        return error_as(err, ERR_ENGINE);
    for (size_t i = 0; i < table.count && found.count < PORTPROXY_HOLDERS_MOST; i++) {
        const TcpRow *row = &table.rows[i];
        PortproxyHolder *holder = &found.items[found.count];

        if (row->state != TCP_STATE_LISTENS || row->local_port != port)
            continue;
        *holder = (PortproxyHolder){.at = tcp_row_local(row), .pid = row->pid};
        if (row->pid != 0)
            name_process(row->pid, holder->name);
        found.count++;
    }
    *out = found;
    return true;
}

/* ---- who is connected ---- */

static bool is_peer(const TcpRow *row, uint16_t slot_port, int64_t pid)
{
    return row->remote_port == slot_port && row->state == TCP_STATE_ESTABLISHED && !row->is_ipv6 &&
           row->remote[0] == 127 && (pid == 0 || row->pid == 0 || row->pid == pid);
}

bool portproxy_sockets_find_peers(void *context, uint16_t slot_port, int64_t pid,
                                  PortproxyPeers *out, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};

    (void)context;
    if (!tcp_table_read(pid == 0 ? TCP_ALL : TCP_ALL_OWNED, &table, err))
        return error_as(err, ERR_ENGINE);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < table.count; i++)
        if (is_peer(&table.rows[i], slot_port, pid))
            out->bits[table.rows[i].local_port / 8] |=
                (uint8_t)(1U << (table.rows[i].local_port % 8));
    return true;
}

/* ---- a connection of our own ---- */

struct PortproxyConnection {
    SOCKET socket;
};

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

/* 0, or Winsock's number for what went wrong. */
static int wait_until_connected(SOCKET socket, int64_t timeout_ms)
{
    struct timeval patience = {.tv_sec = (long)(timeout_ms / 1000),
                               .tv_usec = (long)(timeout_ms % 1000) * 1000};
    fd_set writable, failed;
    int number = 0, size = sizeof number, count = 0;

    FD_ZERO(&writable);
    FD_ZERO(&failed); /* a refusal is told there */
    FD_SET(socket, &writable);
    FD_SET(socket, &failed);
    count = select(0, NULL, &writable, &failed, &patience);
    if (count == 0)
        return WSAETIMEDOUT;
    if (count < 0 || getsockopt(socket, SOL_SOCKET, SO_ERROR, (char *)&number, &size) != 0)
        return WSAGetLastError();
    return number;
}

static int connect_within(SOCKET socket, const Address *address, int64_t timeout_ms)
{
    SocketAddress where;
    int length = to_system(address, &where);
    u_long no_waiting = 1;

    if (ioctlsocket(socket, (long)FIONBIO, &no_waiting) != 0)
        return WSAGetLastError();
    if (connect(socket, &where.any, length) == 0)
        return 0;
    if (WSAGetLastError() != WSAEWOULDBLOCK)
        return WSAGetLastError();
    return wait_until_connected(socket, timeout_ms);
}

static bool open_connection(const Address *address, int64_t timeout_ms,
                            PortproxyConnection *connection, Error *err)
{
    char text[ADDRESS_TEXT_SIZE];
    int number = 0;

    (void)address_format(address, text);
    connection->socket = socket(address->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (connection->socket == INVALID_SOCKET)
        return error_set_windows(err, ERR_ENGINE, (unsigned long)WSAGetLastError(),
                                 "connecting to %s", text);
    number = connect_within(connection->socket, address, timeout_ms);
    if (number == 0)
        return true;
    (void)closesocket(connection->socket);
    return error_set_windows(err, ERR_ENGINE, (unsigned long)number, "connecting to %s", text);
}

bool portproxy_sockets_connect(void *context, const Address *address, int64_t timeout_ms,
                               PortproxyConnection **out, Error *err)
{
    CLEANUP(free) PortproxyConnection *connection = calloc(1, sizeof *connection);
    WSADATA unused;

    (void)context;
    if (!connection)
        return error_memory(err);
    if (WSAStartup(MAKEWORD(2, 2), &unused) != 0) /* it is counted */
        return error_set(err, ERR_ENGINE, "Winsock cannot be used");
    if (!open_connection(address, timeout_ms, connection, err)) {
        (void)WSACleanup();
        return false;
    }
    *out = TAKE(connection);
    return true;
}

void portproxy_sockets_disconnect(void *context, PortproxyConnection *connection)
{
    (void)context;
    if (!connection)
        return;
    (void)closesocket(connection->socket);
    (void)WSACleanup();
    free(connection);
}
