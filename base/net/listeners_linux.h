/* listeners: the TCP sockets of this host that listen, by port and inode. */
#ifndef GODEPLOY_BASE_NET_LISTENERS_LINUX_H
#define GODEPLOY_BASE_NET_LISTENERS_LINUX_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { MOST_LISTENERS = 1024 };

typedef struct Listeners {
    struct {
        uint64_t inode;
        uint16_t port;
    } sockets[MOST_LISTENERS]; /* more than that are not looked at */
    size_t count;
} Listeners;

/* Those of one port, or, with port 0, all. IPv4 and IPv6 alike. */
bool listeners_find(uint16_t port, Listeners *out, Error *err);

#endif
