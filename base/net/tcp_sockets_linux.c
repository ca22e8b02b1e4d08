/* See tcp_sockets_linux.h. Source: sock_diag(7). */
#include "base/net/tcp_sockets_linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_SIZE = 32 * 1024 };

typedef enum Answer { ANSWER_MORE, ANSWER_DONE, ANSWER_FAILED } Answer;

static bool ask(int netlink, const TcpSocketQuery *query, uint8_t family)
{
    const struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP      },
        .request = { .sdiag_family = family,
                   .sdiag_protocol = IPPROTO_TCP,
                   .idiag_states = query->states,
                   .id = {.idiag_sport = htons(query->local_port)}}
    };

    return send(netlink, &question, sizeof question, 0) == (ssize_t)sizeof question;
}

static void tell(const TcpSocketQuery *query, const struct inet_diag_msg *message)
{
    TcpSocket found = {.ipv6 = message->idiag_family == AF_INET6,
                       .local_port = ntohs(message->id.idiag_sport),
                       .inode = message->idiag_inode};

    memcpy(found.local_address, message->id.idiag_src, sizeof found.local_address);
    if (query->local_port == 0 || found.local_port == query->local_port)
        query->see(query->context, &found);
}

/* One datagram of the answer: messages one after another, each padded to four bytes. */
static Answer read_answer(const TcpSocketQuery *query, const unsigned char *bytes, size_t size)
{
    struct nlmsghdr header;
    struct inet_diag_msg message;

    for (size_t at = 0; size - at >= sizeof header; at += NLMSG_ALIGN(header.nlmsg_len)) {
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_type == NLMSG_DONE)
            return ANSWER_DONE;
        if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > size - at ||
            header.nlmsg_len < NLMSG_HDRLEN + sizeof message)
            return ANSWER_FAILED;
        memcpy(&message, bytes + at + NLMSG_HDRLEN, sizeof message);
        tell(query, &message);
        if (NLMSG_ALIGN(header.nlmsg_len) >= size - at)
            break;
    }
    return ANSWER_MORE;
}

static bool visit_family(int netlink, const TcpSocketQuery *query, uint8_t family)
{
    unsigned char bytes[ANSWER_SIZE];
    Answer answer = ask(netlink, query, family) ? ANSWER_MORE : ANSWER_FAILED;

    while (answer == ANSWER_MORE) {
        ssize_t size = recv(netlink, bytes, sizeof bytes, 0);

        if (size < 0 && errno == EINTR)
            continue;
        answer = size > 0 ? read_answer(query, bytes, (size_t)size) : ANSWER_FAILED;
    }
    return answer == ANSWER_DONE;
}

bool tcp_sockets_visit(const TcpSocketQuery *query)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool done = false;

    if (netlink < 0)
        return false;
    done = visit_family(netlink, query, AF_INET) && visit_family(netlink, query, AF_INET6);
    (void)close(netlink); /* nothing was written through it that could be lost */
    return done;
}
