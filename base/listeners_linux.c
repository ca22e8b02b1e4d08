/* See listeners_linux.h. The kernel is asked over netlink for those that listen alone,
 * sock_diag(7). /proc/net/tcp{,6} lists every connection of the host as well, which takes long
 * where there are many: it is read where the kernel was built without tcp_diag. */
#include "base/listeners_linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_SIZE = 512, ANSWER_SIZE = 32 * 1024, STATE_LISTEN = 0x0A };

static void add(Listeners *out, uint16_t wanted, uint16_t port, uint64_t inode)
{
    if (out->count == MOST_LISTENERS || (wanted != 0 && port != wanted))
        return;
    out->sockets[out->count].inode = inode;
    out->sockets[out->count++].port = port;
}

/* ---- netlink ---- */

typedef enum Answer { ANSWER_MORE, ANSWER_DONE, ANSWER_FAILED } Answer;

static bool ask(int netlink, uint8_t family)
{
    const struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = family,
                   .sdiag_protocol = IPPROTO_TCP,
                   .idiag_states = 1U << STATE_LISTEN       }
    };

    return send(netlink, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

/* One datagram of the answer: messages one after another, each padded to four bytes. */
static Answer read_answer(const unsigned char *bytes, size_t size, uint16_t port, Listeners *out)
{
    struct nlmsghdr header;
    struct inet_diag_msg socket_;

    for (size_t at = 0; size - at >= sizeof header; at += NLMSG_ALIGN(header.nlmsg_len)) {
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_type == NLMSG_DONE)
            return ANSWER_DONE;
        if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > size - at ||
            header.nlmsg_len < NLMSG_HDRLEN + sizeof socket_)
            return ANSWER_FAILED;
        memcpy(&socket_, bytes + at + NLMSG_HDRLEN, sizeof socket_);
        add(out, port, ntohs(socket_.id.idiag_sport), socket_.idiag_inode);
        if (NLMSG_ALIGN(header.nlmsg_len) >= size - at)
            break;
    }
    return ANSWER_MORE;
}

static bool find_family(int netlink, uint8_t family, uint16_t port, Listeners *out)
{
    unsigned char bytes[ANSWER_SIZE];
    Answer answer = ask(netlink, family) ? ANSWER_MORE : ANSWER_FAILED;

    while (answer == ANSWER_MORE) {
        ssize_t size = recv(netlink, bytes, sizeof bytes, 0);

        if (size < 0 && errno == EINTR)
            continue;
        answer = size > 0 ? read_answer(bytes, (size_t)size, port, out) : ANSWER_FAILED;
    }
    return answer == ANSWER_DONE;
}

static bool find_by_netlink(uint16_t port, Listeners *out)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool found = false;

    if (netlink < 0)
        return false;
    found = find_family(netlink, AF_INET, port, out) && find_family(netlink, AF_INET6, port, out);
    (void)close(netlink); /* nothing was written through it that could be lost */
    return found;
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

    if (!colon || strtoul(skip_fields(line, STATE), NULL, 16) != STATE_LISTEN)
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
