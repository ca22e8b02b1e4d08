/* Connections of a port, counted by real sockets of this program. */
#include "base/net/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLIENTS = 3 };

/* A listener on a free port of that address. */
static int listen_on(const char *host, bool ipv6, uint16_t *port)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr *where = ipv6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in4;
    socklen_t length = ipv6 ? sizeof in6 : sizeof in4;
    int listener = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(listener >= 0);
    assert_int_equal(
        inet_pton(where->sa_family, host, ipv6 ? (void *)&in6.sin6_addr : (void *)&in4.sin_addr),
        1);
    assert_int_equal(bind(listener, where, length), 0);
    assert_int_equal(listen(listener, CLIENTS), 0);
    assert_int_equal(getsockname(listener, where, &length), 0);
    *port = ntohs(ipv6 ? in6.sin6_port : in4.sin_port);
    return listener;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in where = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(client >= 0);
    assert_int_equal(connect(client, (struct sockaddr *)&where, sizeof where), 0);
    return client;
}

static int64_t counted(uint16_t port)
{
    int64_t count = -1;
    Error err = {0};

    assert_true(connections_count(port, &count, &err));
    return count;
}

static void only_what_was_accepted_on_the_port_counts(void **state)
{
    int clients[CLIENTS], accepted[CLIENTS];
    uint16_t port = 0;
    int listener = listen_on("127.0.0.1", false, &port);

    (void)state;
    assert_int_equal(counted(port), 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = connect_to(port);
        accepted[i] = accept(listener, NULL, NULL);
        assert_true(accepted[i] >= 0);
        assert_int_equal(counted(port), i + 1);
    }
    (void)close(clients[0]); /* the client's end alone: an answer may be under way */
    assert_int_equal(counted(port), CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        (void)close(accepted[i]);
        assert_int_equal(counted(port), CLIENTS - 1 - i);
    }
    (void)close(clients[1]);
    (void)close(clients[2]);
    (void)close(listener);
}

/* Each row: where somebody listens, and whether clients of IPv4 and IPv6 of other hosts get in. */
#define CASE(host, ipv6, from4, from6)                                                             \
    {                                                                                              \
        host, ipv6, from4, from6                                                                   \
    }

static const struct {
    const char *host;
    bool ipv6, from_ipv4, from_ipv6;
} cases[] = {
    CASE("127.0.0.1", false, false, false), CASE("127.8.0.9", false, false, false),
    CASE("0.0.0.0", false, true, false),    CASE("::1", true, false, false),
    CASE("::", true, true, true),
};

static void who_listens_on_loopback_alone_is_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool from_ipv4 = !cases[i].from_ipv4, from_ipv6 = !cases[i].from_ipv6;
        uint16_t port = 0;
        int listener = listen_on(cases[i].host, cases[i].ipv6, &port);
        Error err = {0};

        assert_true(connections_from_outside(port, false, &from_ipv4, &err));
        assert_true(connections_from_outside(port, true, &from_ipv6, &err));
        assert_int_equal(from_ipv4, cases[i].from_ipv4);
        assert_int_equal(from_ipv6, cases[i].from_ipv6);
        (void)close(listener);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_accepted_on_the_port_counts),
        cmocka_unit_test(who_listens_on_loopback_alone_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
