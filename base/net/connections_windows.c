/* See connections.h. */
#include "base/net/connections.h"

#include "base/net/tcp_table_windows.h"
#include "base/text.h"

bool connections_count(uint16_t port, int64_t *count, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};
    int64_t open = 0;

    if (!tcp_table_read(TCP_ALL, &table, err))
        return false;
    for (size_t i = 0; i < table.count; i++)
        open += table.rows[i].local_port == port && (table.rows[i].state == TCP_STATE_ESTABLISHED ||
                                                     table.rows[i].state == TCP_STATE_CLOSE_WAIT);
    *count = open;
    return true;
}

/* A listener on [::] takes IPv4 too only where its program asked for that, which cannot be seen. */
static bool reaches_outside(const TcpRow *row, uint16_t port, bool ipv6)
{
    Address local = tcp_row_local(row);

    return row->state == TCP_STATE_LISTENS && row->local_port == port && row->is_ipv6 == ipv6 &&
           !address_is_loopback(&local);
}

bool connections_from_outside(uint16_t port, bool ipv6, bool *possible, Error *err)
{
    CLEANUP_TCP_TABLE TcpTable table = {0};

    *possible = false;
    if (!tcp_table_read(TCP_ALL, &table, err))
        return false;
    for (size_t i = 0; i < table.count; i++)
        *possible = *possible || reaches_outside(&table.rows[i], port, ipv6);
    return true;
}
