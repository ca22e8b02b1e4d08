/* See tcp_table_windows.h. */
#include "base/net/tcp_table_windows.h"

#include "base/cleanup.h"
#include "base/error_windows.h"

#include <winsock2.h>

#include <ws2tcpip.h>

#include <iphlpapi.h>

#include <stddef.h>
#include <string.h>

/* The table may grow between the two calls that ask for its size and for it. */
enum { TRIES = 8, SPARE_BYTES = 16 * 1024, MOST_BYTES = 256 * 1024 * 1024 };

/* One of the calls that fill a table; the size is the caller's, or what it should be. */
typedef DWORD (*TableCall)(void *table, DWORD *size);

static DWORD ask_ipv4(void *table, DWORD *size)
{
    return GetTcpTable(table, size, FALSE);
}

static DWORD ask_ipv6(void *table, DWORD *size)
{
    return GetTcp6Table(table, size, FALSE);
}

static DWORD ask_owned_ipv4(void *table, DWORD *size)
{
    return GetExtendedTcpTable(table, size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0);
}

static DWORD ask_owned_ipv6(void *table, DWORD *size)
{
    return GetExtendedTcpTable(table, size, FALSE, AF_INET6, TCP_TABLE_OWNER_PID_ALL, 0);
}

static DWORD ask_listening_ipv4(void *table, DWORD *size)
{
    return GetExtendedTcpTable(table, size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_LISTENER, 0);
}

static DWORD ask_listening_ipv6(void *table, DWORD *size)
{
    return GetExtendedTcpTable(table, size, FALSE, AF_INET6, TCP_TABLE_OWNER_PID_LISTENER, 0);
}

/* On a busy host the table may change too often for the system to read it: then it says
 * STATUS_UNSUCCESSFUL, and is asked again. Source: Microsoft Learn, "GetTcpTable function". */
static bool is_to_be_asked_again(DWORD status)
{
    return status == ERROR_INSUFFICIENT_BUFFER || status == 0xC0000001 ||
           status == ERROR_GEN_FAILURE; /* the same in Windows' own numbers */
}

static bool read_raw(TableCall ask, void **out, Error *err)
{
    CLEANUP(free) void *table = NULL;
    DWORD size = 0, status = ERROR_INSUFFICIENT_BUFFER;

    for (int i = 0; i < TRIES && is_to_be_asked_again(status); i++) {
        void *larger = NULL;

        if (size > MOST_BYTES)
            break;
        size += SPARE_BYTES;
        larger = realloc(table, size);
        if (!larger)
            return error_memory(err);
        table = larger;
        status = ask(table, &size);
    }
    if (status != NO_ERROR)
        return error_set_windows(err, ERR_SYSTEM, status, "reading the table of TCP sockets");
    *out = TAKE(table);
    return true;
}

/* ---- rows: four layouts of the same ---- */

/* Ports stand in the low two bytes, in network order. */
static uint16_t port_of(DWORD number)
{
    return ntohs((u_short)(number & 0xFFFF));
}

static TcpRow row_of_ipv4(DWORD local, DWORD local_port, DWORD remote, DWORD remote_port)
{
    TcpRow row = {.local_port = port_of(local_port), .remote_port = port_of(remote_port)};

    memcpy(row.local, &local, sizeof local);
    memcpy(row.remote, &remote, sizeof remote);
    return row;
}

static TcpRow row_of_ipv6(const void *local, DWORD local_port, const void *remote,
                          DWORD remote_port)
{
    TcpRow row = {
        .is_ipv6 = true, .local_port = port_of(local_port), .remote_port = port_of(remote_port)};

    memcpy(row.local, local, sizeof row.local);
    memcpy(row.remote, remote, sizeof row.remote);
    return row;
}

static TcpRow read_ipv4(const void *bytes)
{
    const MIB_TCPROW *from = bytes;
    TcpRow row =
        row_of_ipv4(from->dwLocalAddr, from->dwLocalPort, from->dwRemoteAddr, from->dwRemotePort);

    row.state = from->dwState;
    return row;
}

static TcpRow read_ipv6(const void *bytes)
{
    const MIB_TCP6ROW *from = bytes;
    TcpRow row =
        row_of_ipv6(&from->LocalAddr, from->dwLocalPort, &from->RemoteAddr, from->dwRemotePort);

    row.state = (DWORD)from->State;
    return row;
}

static TcpRow read_owned_ipv4(const void *bytes)
{
    const MIB_TCPROW_OWNER_PID *from = bytes;
    TcpRow row =
        row_of_ipv4(from->dwLocalAddr, from->dwLocalPort, from->dwRemoteAddr, from->dwRemotePort);

    row.state = from->dwState;
    row.pid = from->dwOwningPid;
    return row;
}

static TcpRow read_owned_ipv6(const void *bytes)
{
    const MIB_TCP6ROW_OWNER_PID *from = bytes;
    TcpRow row =
        row_of_ipv6(from->ucLocalAddr, from->dwLocalPort, from->ucRemoteAddr, from->dwRemotePort);

    row.state = from->dwState;
    row.pid = from->dwOwningPid;
    return row;
}

/* ---- tables: a number of rows, and the rows ---- */

typedef struct Layout {
    size_t first; /* where the rows begin */
    size_t size;  /* of each */
    TcpRow (*read)(const void *bytes);
} Layout;

#define LAYOUT(table_type, reader)                                                                 \
    {                                                                                              \
        .first = offsetof(table_type, table), .size = sizeof(((table_type *)NULL)->table[0]),      \
        .read = (reader)                                                                           \
    }

static const Layout ipv4 = LAYOUT(MIB_TCPTABLE, read_ipv4);
static const Layout ipv6 = LAYOUT(MIB_TCP6TABLE, read_ipv6);
static const Layout owned_ipv4 = LAYOUT(MIB_TCPTABLE_OWNER_PID, read_owned_ipv4);
static const Layout owned_ipv6 = LAYOUT(MIB_TCP6TABLE_OWNER_PID, read_owned_ipv6);

static bool make_room(TcpTable *table, size_t more, Error *err)
{
    TcpRow *rows = realloc(table->rows, (table->count + more + 1) * sizeof *rows);

    if (!rows)
        return error_memory(err);
    table->rows = rows;
    return true;
}

static bool take(TableCall ask, const Layout *layout, TcpTable *out, Error *err)
{
    CLEANUP(free) void *raw = NULL;
    const char *bytes = NULL;
    DWORD count = 0;

    if (!read_raw(ask, &raw, err))
        return false;
    memcpy(&count, raw, sizeof count); /* dwNumEntries, which each of them begins with */
    if (!make_room(out, count, err))
        return false;
    bytes = (const char *)raw + layout->first;
    for (DWORD i = 0; i < count; i++)
        out->rows[out->count++] = layout->read(bytes + i * layout->size);
    return true;
}

static bool take_part(TcpPart part, TcpTable *out, Error *err)
{
    switch (part) {
    case TCP_ALL:
        return take(ask_ipv4, &ipv4, out, err) && take(ask_ipv6, &ipv6, out, err);
    case TCP_ALL_OWNED:
        return take(ask_owned_ipv4, &owned_ipv4, out, err) &&
               take(ask_owned_ipv6, &owned_ipv6, out, err);
    case TCP_LISTENERS_OWNED:
        return take(ask_listening_ipv4, &owned_ipv4, out, err) &&
               take(ask_listening_ipv6, &owned_ipv6, out, err);
    }
    return false;
}

bool tcp_table_read(TcpPart part, TcpTable *out, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};

    if (!take_part(part, &table, err))
        return false;
    *out = table;
    table = (TcpTable){0};
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
