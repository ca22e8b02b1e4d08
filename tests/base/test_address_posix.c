#include "base/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static Address parsed(const char *text)
{
    Address address;
    Error err = {0};

    assert_true(address_parse(text, &address, &err));
    return address;
}

/* A corner of the loopback network where no other test is about. */
static const char *own_host(void)
{
    static char host[32];

    (void)snprintf(host, sizeof host, "127.83.%d.%d", (int)(getpid() >> 8) & 127,
                   (int)(getpid() & 255));
    return host;
}

/* A socket on a port of its own; it listens if `backlog` is not negative. */
static int bound_socket(const char *host, int backlog, Address *out)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    socklen_t length = sizeof where;
    int made = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(made >= 0);
    assert_int_equal(inet_pton(AF_INET, host, &where.sin_addr), 1);
    assert_int_equal(bind(made, (struct sockaddr *)&where, length), 0);
    assert_int_equal(getsockname(made, (struct sockaddr *)&where, &length), 0);
    if (backlog >= 0)
        assert_int_equal(listen(made, backlog), 0);
    memset(out, 0, sizeof *out);
    (void)snprintf(out->host, sizeof out->host, "%s", host);
    out->port = ntohs(where.sin_port);
    return made;
}

static void an_address_is_a_numeric_host_and_a_port(void **state)
{
    static const struct {
        const char *text;
        const char *formatted;
    } cases[] = {
        {"127.0.0.1:8080",        "127.0.0.1:8080"       },
        {"0.0.0.0:1",             "0.0.0.0:1"            },
        {"255.255.255.255:65535", "255.255.255.255:65535"},
        {"[::1]:8080",            "[::1]:8080"           },
        {"[::]:80",               "[::]:80"              },
        {"[0:0:0:0:0:0:0:1]:80",  "[::1]:80"             },
        {"[2001:DB8::00ff]:443",  "[2001:db8::ff]:443"   },
        {"[::ffff:10.0.0.1]:9",   "[::ffff:10.0.0.1]:9"  },
        {"127.0.0.1:08080",       "127.0.0.1:8080"       },
    };
    char out[ADDRESS_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        Address address = parsed(cases[i].text);

        assert_string_equal(address_format(&address, out), cases[i].formatted);
    }
}

static void whatever_else_is_refused_with_an_example(void **state)
{
    static const char *const refused[] = {
        "",
        ":",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:80 ",
        " 127.0.0.1:80",
        "127.0.0.1:http",
        "127.0.0.1:99999999999999999999",
        "localhost:8080",
        "127.1:80",
        "127.0.0.01:80",
        "127.0.0.256:80",
        "::1:8080",
        "[::1]",
        "[::1]8080",
        "[::1:8080",
        "[]:8080",
        "[127.0.0.1]:80",
        "[fe80::1%eth0]:80",
        "[::1]]:80",
        "[1:2:3:4:5:6:7:8:9]:80",
        "1111111111111111111111111111111111111111111111111111111111111111:1",
        "http://127.0.0.1:80",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        Address address = {.port = 7};
        Error err = {0};

        assert_false(address_parse(refused[i], &address, &err));
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_non_null(strstr(err.hint, "127.0.0.1:8080"));
        assert_int_equal(address.port, 7);
    }
}

static void spelling_does_not_make_addresses_differ(void **state)
{
    Address a = parsed("[::1]:80"), b = parsed("[0::0:1]:80"), port = parsed("[::1]:81");
    Address v4 = parsed("0.0.0.0:80"), v6 = parsed("[::]:80");

    (void)state;
    assert_true(address_equal(&a, &b));
    assert_false(address_equal(&a, &port));
    assert_false(address_equal(&v4, &v6));
}

static void a_wildcard_is_reached_by_loopback(void **state)
{
    static const char *const pairs[][2] = {
        {"0.0.0.0:80",   "127.0.0.1:80"},
        {"[::]:80",      "[::1]:80"    },
        {"192.0.2.1:80", "192.0.2.1:80"}
    };
    char out[ADDRESS_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        Address listen_on = parsed(pairs[i][0]), reach = address_to_reach(&listen_on);

        assert_string_equal(address_format(&reach, out), pairs[i][1]);
    }
}

static void a_taken_port_cannot_be_bound_and_a_free_one_can(void **state)
{
    Address address;
    const char *why = NULL;
    int listener = bound_socket(own_host(), 5, &address);

    (void)state;
    assert_false(address_can_bind(&address, &why));
    assert_string_equal(why, "another program listens there");
    close(listener);
    assert_true(address_can_bind(&address, &why));
}

static void a_foreign_address_cannot_be_bound(void **state)
{
    Address address = parsed("192.0.2.1:8080"); /* RFC 5737: nobody's */
    const char *why = NULL;

    (void)state;
    assert_false(address_can_bind(&address, &why));
    assert_string_equal(why, "this host has no such address");
}

static void looking_whether_a_port_is_free_does_not_take_it(void **state)
{
    Address address;
    const char *why = NULL;
    Error err = {0};
    int holder = bound_socket(own_host(), -1, &address);

    (void)state;
    (void)address_can_bind(&address, &why);
    assert_false(address_can_connect(&address, 2000, &err)); /* nothing of ours listens */
    close(holder);
}

static void a_listener_is_reached_and_nobody_is_not(void **state)
{
    Address address;
    Error err = {0};
    int listener = bound_socket(own_host(), 5, &address);

    (void)state;
    assert_true(address_can_connect(&address, 2000, &err));
    close(listener);
    assert_false(address_can_connect(&address, 2000, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    assert_non_null(strstr(err.message, own_host()));
    assert_non_null(strstr(err.message, "refused"));
}

/* Asks a port of the range that connecting sockets get theirs from until one asks itself. Linux
 * gives them ports of the other parity than those it gives to bound ones. */
static Address port_that_is_given_to_clients(void)
{
    Address address;

    close(bound_socket("127.0.0.1", -1, &address));
    address.port ^= 1;
    return address;
}

static void a_port_nobody_listens_on_never_answers_by_itself(void **state)
{
    Address address = port_that_is_given_to_clients();
    Error err = {0};

    (void)state;
    for (int i = 0; i < 70000; i++)
        if (address_can_connect(&address, 2000, &err)) {
            if (!address_can_connect(&address, 2000, &err)) /* a real listener answers twice */
                fail_msg("connected to itself at try %d", i);
            address = port_that_is_given_to_clients();
        }
}

static void a_listener_that_does_not_answer_ends_in_time(void **state)
{
    enum { FILLERS = 8 };
    int fillers[FILLERS];
    Address address;
    Error err = {0};
    int listener = bound_socket(own_host(), 0, &address);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(address.port)};

    (void)state;
    assert_int_equal(inet_pton(AF_INET, address.host, &where.sin_addr), 1);
    for (int i = 0; i < FILLERS; i++) { /* until the queue is full and SYNs are dropped */
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&where, sizeof where);
    }
    assert_false(address_can_connect(&address, 100, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    assert_non_null(strstr(err.message, "no answer within 100 ms"));
    for (int i = 0; i < FILLERS; i++)
        close(fillers[i]);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_a_numeric_host_and_a_port),
        cmocka_unit_test(whatever_else_is_refused_with_an_example),
        cmocka_unit_test(spelling_does_not_make_addresses_differ),
        cmocka_unit_test(a_wildcard_is_reached_by_loopback),
        cmocka_unit_test(a_taken_port_cannot_be_bound_and_a_free_one_can),
        cmocka_unit_test(a_foreign_address_cannot_be_bound),
        cmocka_unit_test(looking_whether_a_port_is_free_does_not_take_it),
        cmocka_unit_test(a_listener_is_reached_and_nobody_is_not),
        cmocka_unit_test(a_port_nobody_listens_on_never_answers_by_itself),
        cmocka_unit_test(a_listener_that_does_not_answer_ends_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
