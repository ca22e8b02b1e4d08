/* See listeners_linux.h. The kernel is asked over netlink for those that listen alone,
 * sock_diag(7). /proc/net/tcp{,6} lists every connection of the host as well, which takes long
 * where there are many: it is read where the kernel was built without tcp_diag. */
#include "base/net/listeners_linux.h"

#include "base/net/tcp_sockets_linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 512 };

static void add(Listeners *out, uint16_t wanted, uint16_t port, uint64_t inode)
{
    if (out->count == MOST_LISTENERS || (wanted != 0 && port != wanted))
        return;
    out->sockets[out->count].inode = inode;
    out->sockets[out->count++].port = port;
}

/* ---- netlink ---- */

static void add_socket(void *context, const TcpSocket *socket)
{
    add(context, 0, socket->local_port, socket->inode);
}

static bool find_by_netlink(uint16_t port, Listeners *out)
{
    TcpSocketQuery query = {
        .states = 1U << TCP_STATE_LISTEN, .local_port = port, .see = add_socket, .context = out};

    return tcp_sockets_visit(&query);
}

/* ---- /proc ---- */

static const char *skip_fields(const char *at, int fields)
{
    at += strspn(at, " ");
    for (int i = 0; i < fields; i++) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return at;
}

/* "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 12345 ..."
 */
static bool line_listens(const char *line, uint16_t *port, uint64_t *inode)
{
    enum { LOCAL = 1, STATE = 3, INODE = 9 };
    const char *colon = strchr(skip_fields(line, LOCAL), ':');

    if (!colon || strtoul(skip_fields(line, STATE), NULL, 16) != TCP_STATE_LISTEN)
        return false;
    *port = (uint16_t)strtoul(colon + 1, NULL, 16);
    *inode = strtoull(skip_fields(line, INODE), NULL, 10);
    return true;
}

static bool find_in(const char *path, uint16_t wanted, Listeners *out, Error *err)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");

    if (!file) {
        if (errno == ENOENT) /* a kernel without IPv6 */
            return true;
        return error_set_errno(err, ERR_PROCESS, errno, "reading %s", path);
    }
    while (fgets(line, sizeof line, file)) {
        uint64_t inode;
        uint16_t port;

        if (line_listens(line, &port, &inode))
            add(out, wanted, port, inode);
    }
    (void)fclose(file); /* nothing was written */
    return true;
}

bool listeners_find(uint16_t port, Listeners *out, Error *err)
{
    out->count = 0;
    if (find_by_netlink(port, out))
        return true;
    out->count = 0;
    return find_in("/proc/self/net/tcp", port, out, err) &&
           find_in("/proc/self/net/tcp6", port, out, err);
}
