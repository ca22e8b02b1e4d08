/* Every refusal of proxy/server/http/http_head.h, each with its place in RFC 9112 or RFC 9110. */
#include "proxy/server/http/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    int status; /* 0: accepted */
    const char *source;
    const char *head;
    size_t length; /* 0: strlen(head) */
} Case;

#define HOST "Host: x\r\n"

static const Case requests[] = {
    {0,   "RFC 9112 2.1",                                  "GET / HTTP/1.1\r\n" HOST "\r\n",                                0 },
    {0,   "RFC 9112 2.1, 1.0 needs no Host",               "GET / HTTP/1.0\r\n\r\n",                                        0 },
    {0,   "RFC 9112 3.2.1, query",                         "GET /a?b=c&d=%20 HTTP/1.1\r\n" HOST "\r\n",                     0 },
    {0,   "RFC 9112 3.2.2, absolute form",                 "GET http://x/a HTTP/1.1\r\n" HOST "\r\n",                       0 },
    {0,   "RFC 9112 3.2.4, asterisk form",                 "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",                            0 },
    {0,   "RFC 9110 5.6.2, any token",                     "M-SEARCH / HTTP/1.1\r\n" HOST "\r\n",                           0 },
    {0,   "RFC 9110 5.5, empty value",                     "GET / HTTP/1.1\r\n" HOST "A:\r\n\r\n",                          0 },
    {0,   "RFC 9110 5.5, obs-text",                        "GET / HTTP/1.1\r\n" HOST "A: \xc3\xa9\r\n\r\n",                 0 },
    {0,   "RFC 9110 7.2, empty Host",                      "GET / HTTP/1.1\r\nHost:\r\n\r\n",                               0 },
    {0,   "RFC 9110 7.2, IPv6 Host",                       "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",                      0 },
    {0,   "RFC 9112 6.3, length",                          "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n",          0 },
    {0,   "RFC 9112 6.3, the same length twice",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",                                           0 },
    {0,   "RFC 9112 7.1",                                  "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n", 0 },
    {0,   "RFC 9110 10.1.1",                               "POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n\r\n",       0 },

    {400, "RFC 9112 3, no target",                         "GET HTTP/1.1\r\n" HOST "\r\n",                                  0 },
    {400, "RFC 9112 3, HTTP/0.9",                          "GET /\r\n\r\n",                                                 0 },
    {400, "RFC 9112 3, two blanks",                        "GET  / HTTP/1.1\r\n" HOST "\r\n",                               0 },
    {400, "RFC 9112 3, blank in the target",               "GET /a b HTTP/1.1\r\n" HOST "\r\n",                             0 },
    {400, "RFC 9112 3, tab for a blank",                   "GET\t/ HTTP/1.1\r\n" HOST "\r\n",                               0 },
    {400, "RFC 9112 3, blank at the end",                  "GET / HTTP/1.1 \r\n" HOST "\r\n",                               0 },
    {400, "RFC 9112 3, blank in front",                    " GET / HTTP/1.1\r\n" HOST "\r\n",                               0 },
    {400, "RFC 9112 2.2, second empty line",               "\r\n",                                                          0 },
    {400, "RFC 9110 9.1, method is no token",              "G(T / HTTP/1.1\r\n" HOST "\r\n",                                0 },
    {400, "a method of endless length",
     "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / HTTP/1.1\r\n" HOST "\r\n",                                         0 },
    {400, "RFC 9112 3.2, neither path nor URL",            "GET a HTTP/1.1\r\n" HOST "\r\n",                                0 },
    {400, "RFC 9112 3.2.4, * for OPTIONS only",            "GET * HTTP/1.1\r\n" HOST "\r\n",                                0 },
    {400, "RFC 9112 3.2.2, empty authority",               "GET http:///a HTTP/1.1\r\n" HOST "\r\n",                        0 },
    {400, "RFC 9110 4.2.4, user information",              "GET http://u@x/ HTTP/1.1\r\n" HOST "\r\n",                      0 },
    {400, "RFC 9112 3.2, control in the target",           "GET /\x01 HTTP/1.1\r\n" HOST "\r\n",                            0 },
    {400, "RFC 9112 3.2, DEL in the target",               "GET /\x7f HTTP/1.1\r\n" HOST "\r\n",                            0 },
    {400, "RFC 9112 2.3, lower case",                      "GET / http/1.1\r\n" HOST "\r\n",                                0 },
    {400, "RFC 9112 2.3, no dot",                          "GET / HTTP/11\r\n" HOST "\r\n",                                 0 },
    {400, "RFC 9112 2.3, more digits",                     "GET / HTTP/1.10\r\n" HOST "\r\n",                               0 },
    {501, "RFC 9110 9.3.6, no CONNECT",                    "CONNECT x:443 HTTP/1.1\r\n" HOST "\r\n",                        0 },
    {505, "RFC 9112 2.3, 2.0",                             "GET / HTTP/2.0\r\n" HOST "\r\n",                                0 },
    {505, "RFC 9112 2.3, 1.2",                             "GET / HTTP/1.2\r\n" HOST "\r\n",                                0 },
    {505, "RFC 9112 2.3, 0.9",                             "GET / HTTP/0.9\r\n" HOST "\r\n",                                0 },

    {400, "RFC 9112 5.1, blank before colon",              "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n",                       0 },
    {400, "RFC 9112 5.1, tab before colon",                "GET / HTTP/1.1\r\n" HOST "A\t: b\r\n\r\n",                      0 },
    {400, "RFC 9112 5, no colon",                          "GET / HTTP/1.1\r\n" HOST "Ab\r\n\r\n",                          0 },
    {400, "RFC 9112 5, empty name",                        "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n",                         0 },
    {400, "RFC 9112 5.2, obs-fold",                        "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n",                  0 },
    {400, "RFC 9112 2.2, blank behind the request line",   "GET / HTTP/1.1\r\n " HOST "\r\n",                               0 },
    {400, "RFC 9112 2.2, bare CR",                         "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n",                     0 },
    {400, "RFC 9112 2.2, CR CR LF",                        "GET / HTTP/1.1\r\n" HOST "A: b\r\r\n\r\n",                      0 },
    {400, "RFC 9110 5.5, NUL",                             "GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n",                     35},
    {400, "RFC 9110 5.5, control",                         "GET / HTTP/1.1\r\n" HOST "A: \x0b\r\n\r\n",                     0 },
    {400, "RFC 9110 5.1, name is no token",                "GET / HTTP/1.1\r\n" HOST "A(b: c\r\n\r\n",                      0 },
    {400, "RFC 9110 5.1, obs-text in a name",              "GET / HTTP/1.1\r\n" HOST "\xc3\xa9: c\r\n\r\n",                 0 },

    {400, "RFC 9112 3.2, no Host",                         "GET / HTTP/1.1\r\n\r\n",                                        0 },
    {400, "RFC 9112 3.2, two Hosts",                       "GET / HTTP/1.1\r\n" HOST HOST "\r\n",                           0 },
    {400, "RFC 9112 3.2, two Hosts in 1.0",                "GET / HTTP/1.0\r\n" HOST HOST "\r\n",                           0 },
    {400, "RFC 9112 3.2, absolute form needs Host too",    "GET http://x/ HTTP/1.1\r\n\r\n",                                0 },
    {400, "RFC 9112 3.2, Host with a path",                "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n",                           0 },
    {400, "RFC 9112 3.2, Host with a user",                "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n",                           0 },
    {400, "RFC 9112 3.2, Host with a list",                "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",                           0 },
    {400, "RFC 9112 3.2, Host with a blank",               "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",                           0 },

    {400, "RFC 9112 6.3, both",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",                                  0 },
    {400, "RFC 9112 6.3, both, the other way round",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",                                  0 },
    {400, "RFC 9112 6.3, differing lengths",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",                                           0 },
    {400, "RFC 9110 8.6, list",                            "POST / HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n",       0 },
    {400, "RFC 9110 8.6, plus",                            "POST / HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n",         0 },
    {400, "RFC 9110 8.6, minus",                           "POST / HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n",         0 },
    {400, "RFC 9110 8.6, hexadecimal",                     "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n",        0 },
    {400, "RFC 9110 8.6, blank",                           "POST / HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n",        0 },
    {400, "RFC 9110 8.6, empty",                           "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n",            0 },
    {400, "RFC 9110 8.6, overflow",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551621\r\n\r\n",                                             0 },
    {400, "RFC 9112 6.1, twice",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n",                                              0 },
    {400, "RFC 9112 6.1, twice in two fields",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     0                                                                                                                        },
    {400, "RFC 9112 6.1, not last",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n",                                                 0 },
    {400, "RFC 9112 6.1, empty",                           "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n",         0 },
    {400, "RFC 9112 6.1, commas alone",                    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: ,,\r\n\r\n",
     0                                                                                                                        },
    {400, "RFC 9112 6.1, in HTTP/1.0",
     "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",                                                       0 },
    {501, "RFC 9112 6.1, unknown",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",                                                 0 },
    {501, "RFC 9112 6.1, identity is gone",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n",                                                      0 },
    {501, "RFC 9112 6.1, quoted",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n",                                                   0 },
    {501, "RFC 9112 6.1, hidden by a vertical look-alike",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n",                                                      0 },
    {417, "RFC 9110 10.1.1",                               "POST / HTTP/1.1\r\n" HOST "Expect: a-miracle\r\n\r\n",          0 },
};

static size_t length_of(const Case *c)
{
    return c->length ? c->length : strlen(c->head);
}

static void every_request_head_is_judged_as_its_source_says(void **state)
{
    HttpHead *head = malloc(sizeof *head);

    (void)state;
    assert_non_null(head);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        HttpRefusal refusal =
            http_head_parse_request(requests[i].head, length_of(&requests[i]), head);

        if (refusal.status != requests[i].status)
            fail_msg("%s: expected %d, got %d (%s)", requests[i].source, requests[i].status,
                     refusal.status, refusal.why ? refusal.why : "accepted");
        assert_true(refusal.status == 0 || refusal.why);
    }
    free(head);
}

static const Case answers[] = {
    {0,   "RFC 9112 4",                               "HTTP/1.1 200 OK\r\n\r\n",                             0},
    {0,   "RFC 9112 4, empty reason",                 "HTTP/1.1 200 \r\n\r\n",                               0},
    {0,   "lenient: no blank before an empty reason", "HTTP/1.1 200\r\n\r\n",                                0},
    {0,   "RFC 9112 4, 1.0",                          "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0},
    {502, "RFC 9112 4, no version",                   "200 OK\r\n\r\n",                                      0},
    {502, "RFC 9112 4, other protocol",               "ICY 200 OK\r\n\r\n",                                  0},
    {502, "RFC 9112 4, two digits",                   "HTTP/1.1 20 OK\r\n\r\n",                              0},
    {502, "RFC 9112 4, four digits",                  "HTTP/1.1 2000 OK\r\n\r\n",                            0},
    {502, "RFC 9112 4, letters",                      "HTTP/1.1 2xx OK\r\n\r\n",                             0},
    {502, "RFC 9110 15, below 100",                   "HTTP/1.1 099 OK\r\n\r\n",                             0},
    {502, "RFC 9112 4, two blanks",                   "HTTP/1.1  200 OK\r\n\r\n",                            0},
    {502, "RFC 9112 4, control in the reason",        "HTTP/1.1 200 O\x01K\r\n\r\n",                         0},
    {502, "RFC 9112 6.3, both",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",                           0},
    {502, "RFC 9112 6.3, differing lengths",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\n",                                    0},
    {502, "RFC 9112 6.1, unknown coding",             "HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n",    0},
    {502, "RFC 9112 5.2, obs-fold",                   "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",               0},
    {502, "RFC 9112 5.1, blank before colon",         "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",                    0},
};

static void every_answer_head_is_judged_as_its_source_says(void **state)
{
    HttpHead *head = malloc(sizeof *head);

    (void)state;
    assert_non_null(head);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        bool refused =
            http_head_parse_answer(answers[i].head, length_of(&answers[i]), head).status != 0;

        if (refused != (answers[i].status != 0))
            fail_msg("%s: %s", answers[i].source, refused ? "refused" : "accepted");
    }
    free(head);
}

static void the_facts_of_a_request_are_read(void **state)
{
    static const char bytes[] = "PUT http://Example:81/a?b HTTP/1.1\r\nHOST: other\r\n"
                                "content-LENGTH:  12 \t\r\nConnection: X-A, Close,,UPGRADE\r\n\r\n";
    HttpHead head;

    (void)state;
    assert_int_equal(http_head_parse_request(bytes, sizeof bytes - 1, &head).status, 0);
    assert_true(span_is(head.method, "put"));
    assert_true(span_is(head.target, "/a?b"));
    assert_true(span_is(head.host, "example:81"));
    assert_int_equal(head.content_length, 12);
    assert_int_equal(head.field_count, 3);
    assert_true(head.connection_close && head.connection_upgrade && head.connection_names_fields);
    assert_false(head.connection_keep_alive || head.chunked || head.expects_continue);
    assert_true(http_method_is_idempotent(head.method));
    assert_false(http_method_is_idempotent((Span){"POST", 4}));
    assert_false(http_method_is_idempotent((Span){"get", 3}));
}

static void more_fields_than_are_held_are_431(void **state)
{
    char *bytes = calloc(1, 4096);
    HttpHead *head = malloc(sizeof *head);
    size_t length = 0;

    (void)state;
    assert_true(bytes && head);
    memcpy(bytes, "GET / HTTP/1.1\r\n", 16);
    for (length = 16; length < 16 + (HTTP_FIELDS_MAX + 1) * 5; length += 5)
        memcpy(bytes + length, "A:b\r\n", 5);
    memcpy(bytes + length, "\r\n", 2);
    assert_int_equal(http_head_parse_request(bytes, length + 2, head).status, 431);
    free(bytes);
    free(head);
}

static void the_end_of_a_head_is_found_however_it_arrives(void **state)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET ";
    const size_t whole = sizeof bytes - 1 - 4;

    (void)state;
    for (size_t split = 0; split < sizeof bytes - 1; split++) {
        size_t scanned = 0;
        size_t length = 0;
        HttpHeadEnd first = http_head_find_end(bytes, split, &scanned, &length);

        assert_int_equal(first, split < whole ? HTTP_HEAD_UNFINISHED : HTTP_HEAD_ENDED);
        if (first == HTTP_HEAD_UNFINISHED)
            assert_int_equal(http_head_find_end(bytes, sizeof bytes - 1, &scanned, &length),
                             HTTP_HEAD_ENDED);
        assert_int_equal(length, whole);
    }
}

static void a_bare_line_feed_is_seen_before_the_head_is_complete(void **state)
{
    static const char *const heads[] = {"\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: x\n",
                                        "GET / HTTP/1.1\r\n\n"};

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t scanned = 0;
        size_t length = 0;

        assert_int_equal(http_head_find_end(heads[i], strlen(heads[i]), &scanned, &length),
                         HTTP_HEAD_BARE_LF);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_head_is_judged_as_its_source_says),
        cmocka_unit_test(every_answer_head_is_judged_as_its_source_says),
        cmocka_unit_test(the_facts_of_a_request_are_read),
        cmocka_unit_test(more_fields_than_are_held_are_431),
        cmocka_unit_test(the_end_of_a_head_is_found_however_it_arrives),
        cmocka_unit_test(a_bare_line_feed_is_seen_before_the_head_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
