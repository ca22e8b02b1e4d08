/* Part of portproxy_host_windows.h: who listens on a port, who is connected to a slot, and a
 * connection of our own that is held for a moment. */
#include "proxy/engine/portproxy_host_windows.h"

#include "base/handle_windows.h"
#include "base/net/tcp_table_windows.h"
#include "base/net/winsock_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

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
    uintptr_t socket;
};

bool portproxy_sockets_connect(void *context, const Address *address, int64_t timeout_ms,
                               PortproxyConnection **out, Error *err)
{
    CLEANUP(free) PortproxyConnection *connection = calloc(1, sizeof *connection);
    char text[ADDRESS_TEXT_SIZE];
    int number = 0;

    (void)context;
    if (!connection)
        return error_memory(err);
    if (winsock_begin() != 0)
        return error_set(err, ERR_ENGINE, "Winsock cannot be used");
    number = winsock_connect(address, timeout_ms, &connection->socket);
    if (number != 0) {
        winsock_end();
        return error_set_windows(err, ERR_ENGINE, (unsigned long)number, "connecting to %s",
                                 address_format(address, text));
    }
    *out = TAKE(connection);
    return true;
}

void portproxy_sockets_disconnect(void *context, PortproxyConnection *connection)
{
    (void)context;
    if (!connection)
        return;
    winsock_close(connection->socket);
    winsock_end();
    free(connection);
}
