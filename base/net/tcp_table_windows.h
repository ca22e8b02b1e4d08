/* tcp_table: every TCP socket of this host, of both stacks, with the process that owns it. For
 * *_windows.c files only; what others ask is in base/net/connections.h and base/process/process.h.
 *
 * Under Wine no owner can be seen: each pid is 0. On Windows it is 0 for connections that nobody
 * owns any more (TIME_WAIT).
 * Source: learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable */
#ifndef GODEPLOY_BASE_NET_TCP_TABLE_WINDOWS_H
#define GODEPLOY_BASE_NET_TCP_TABLE_WINDOWS_H

#include "base/error.h"
#include "base/net/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of MIB_TCP_STATE. */
typedef enum TcpState {
    TCP_STATE_LISTENS = 2,
    TCP_STATE_ESTABLISHED = 5,
    TCP_STATE_CLOSE_WAIT = 8, /* the other side has said its end */
    TCP_STATE_TIME_WAIT = 11
} TcpState;

typedef struct TcpRow {
    bool is_ipv6;
    uint8_t local[16], remote[16]; /* in network order; of IPv4 the first four */
    uint16_t local_port, remote_port;
    uint32_t state; /* TcpState, and others */
    int64_t pid;
} TcpRow;

/* Owned. {0} is empty. */
typedef struct TcpTable {
    TcpRow *rows;
    size_t count;
} TcpTable;

/* Owners are asked for where they are needed alone: under Wine that takes a look at each open file
 * of each process for each row, which is seconds on a busy host, to see none. */
typedef enum TcpPart {
    TCP_ALL,             /* each pid is 0 */
    TCP_ALL_OWNED,       /* with who owns them */
    TCP_LISTENERS_OWNED, /* who listens, and nothing else */
} TcpPart;

bool tcp_table_read(TcpPart part, TcpTable *out, Error *err);
void tcp_table_free(TcpTable *table);
#define CLEANUP_TCP_TABLE __attribute__((cleanup(tcp_table_free)))

Address tcp_row_local(const TcpRow *row);

#endif
