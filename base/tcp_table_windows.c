/* See tcp_table_windows.h. */
#include "base/tcp_table_windows.h"

#include "base/cleanup.h"
#include "base/error_windows.h"

#include <winsock2.h>

#include <ws2tcpip.h>

#include <iphlpapi.h>

#include <string.h>

/* The table may grow between the two calls that ask for its size and for it. */
enum { TRIES = 8, SPARE_BYTES = 16 * 1024, MOST_BYTES = 256 * 1024 * 1024 };

static bool read_raw(ULONG family, void **out, Error *err)
{
    CLEANUP(free) void *table = NULL;
    DWORD size = 0, status = ERROR_INSUFFICIENT_BUFFER;

    for (int i = 0; i < TRIES && status == ERROR_INSUFFICIENT_BUFFER; i++) {
        void *larger = NULL;

        if (size > MOST_BYTES)
            break;
        size += SPARE_BYTES;
        larger = realloc(table, size);
        if (!larger)
            return error_memory(err);
        table = larger;
        status = GetExtendedTcpTable(table, &size, FALSE, family, TCP_TABLE_OWNER_PID_ALL, 0);
    }
    if (status != NO_ERROR)
        return error_set_windows(err, ERR_SYSTEM, status, "reading the table of TCP sockets");
    *out = TAKE(table);
    return true;
}

/* Ports stand in the low two bytes, in network order. */
static uint16_t port_of(DWORD number)
{
    return ntohs((u_short)(number & 0xFFFF));
}

static TcpRow row_of_ipv4(const MIB_TCPROW_OWNER_PID *from)
{
    TcpRow row = {.local_port = port_of(from->dwLocalPort),
                  .remote_port = port_of(from->dwRemotePort),
                  .state = from->dwState,
                  .pid = from->dwOwningPid};

    memcpy(row.local, &from->dwLocalAddr, sizeof from->dwLocalAddr);
    memcpy(row.remote, &from->dwRemoteAddr, sizeof from->dwRemoteAddr);
    return row;
}

static TcpRow row_of_ipv6(const MIB_TCP6ROW_OWNER_PID *from)
{
    TcpRow row = {.is_ipv6 = true,
                  .local_port = port_of(from->dwLocalPort),
                  .remote_port = port_of(from->dwRemotePort),
                  .state = from->dwState,
                  .pid = from->dwOwningPid};

    memcpy(row.local, from->ucLocalAddr, sizeof row.local);
    memcpy(row.remote, from->ucRemoteAddr, sizeof row.remote);
    return row;
}

bool tcp_table_read(TcpTable *out, Error *err)
{
    CLEANUP(free) void *first = NULL;
    CLEANUP(free) void *second = NULL;
    const MIB_TCPTABLE_OWNER_PID *ipv4 = NULL;
    const MIB_TCP6TABLE_OWNER_PID *ipv6 = NULL;
    TcpTable table = {0};

    if (!read_raw(AF_INET, &first, err) || !read_raw(AF_INET6, &second, err))
        return false;
    ipv4 = first;
    ipv6 = second;
    table.rows = calloc((size_t)ipv4->dwNumEntries + ipv6->dwNumEntries + 1, sizeof *table.rows);
    if (!table.rows)
        return error_memory(err);
    for (DWORD i = 0; i < ipv4->dwNumEntries; i++)
        table.rows[table.count++] = row_of_ipv4(&ipv4->table[i]);
    for (DWORD i = 0; i < ipv6->dwNumEntries; i++)
        table.rows[table.count++] = row_of_ipv6(&ipv6->table[i]);
    *out = table;
    return true;
}

void tcp_table_free(TcpTable *table)
{
    free(table->rows);
    *table = (TcpTable){0};
}

Address tcp_row_local(const TcpRow *row)
{
    Address address = {.port = row->local_port, .is_ipv6 = row->is_ipv6};

    /* It has room for every number there is. */
    (void)inet_ntop(row->is_ipv6 ? AF_INET6 : AF_INET, row->local, address.host,
                    sizeof address.host);
    return address;
}
