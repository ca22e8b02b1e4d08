/* tcp_sockets: the TCP sockets of this network namespace, asked of the kernel over netlink: only
 * those in the states that are wanted, and of one local port where it is given. */
#ifndef GODEPLOY_BASE_NET_TCP_SOCKETS_LINUX_H
#define GODEPLOY_BASE_NET_TCP_SOCKETS_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TCP_STATE_ESTABLISHED = 1, /* enum of net/tcp_states.h, which no header for programs has */
    TCP_STATE_CLOSE_WAIT = 8,
    TCP_STATE_LISTEN = 10
};

typedef struct TcpSocket {
    bool ipv6;
    uint16_t local_port;
    unsigned char local_address[16]; /* the first 4 for IPv4; network order */
    uint64_t inode;
} TcpSocket;

typedef struct TcpSocketQuery {
    uint32_t states;     /* 1 << TCP_STATE_ */
    uint16_t local_port; /* 0: any */
    void (*see)(void *context, const TcpSocket *socket);
    void *context;
} TcpSocketQuery;

/* IPv4 and IPv6 alike. False where the kernel was built without tcp_diag. */
bool tcp_sockets_visit(const TcpSocketQuery *query);

#endif
