/* What one hop is told and the next is not. */
#include "proxy/server/http/http_rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *rewritten(Text *out, const char *bytes, bool trust, RequestFacts *facts)
{
    HttpHead head;
    RequestRewrite rewrite = {
        .head = &head,
        .forwarding = {.client_host = "192.0.2.7", .trusted = trust, .request_id = "ID"},
        .default_host = "127.0.0.1:18081"
    };

    text_clear(out);
    assert_int_equal(http_head_parse_request(bytes, strlen(bytes), &head).status, 0);
    http_rewrite_request(&rewrite, out, facts);
    return text_chars(out);
}

#define FROM(host)                                                                                 \
    "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: " host             \
    "\r\nForwarded: for=192.0.2.7;host=\"" host "\";proto=http\r\nX-Request-Id: ID\r\n"
#define FORWARDED FROM("x")

typedef struct Case {
    const char *what;
    const char *in;
    const char *out;
} Case;

static const Case cases[] = {
    {"a plain request",                                   "GET /a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
     "GET /a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n" FORWARDED "\r\n"                                                                                                                                                                },
    {"HTTP/1.0 without Host",                             "GET / HTTP/1.0\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: 127.0.0.1:18081\r\n" FROM("127.0.0.1:18081") "\r\n"                                                                                                                                                    },
    {"an absolute target",                                "GET http://y/b HTTP/1.1\r\nHost: x\r\n\r\n",
     "GET /b HTTP/1.1\r\nHost: y\r\n" FROM("y") "\r\n"                                                                                                                                                                               },
    {"hop-by-hop fields and those that Connection names",
     "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-A\r\nKeep-Alive: 5\r\nX-A: 1\r\n"
     "x-b: 2\r\nProxy-Authorization: p\r\nProxy-Connection: close\r\nTE: gzip\r\n\r\n",                                                     "GET / HTTP/1.1\r\nHost: x\r\nx-b: 2\r\n" FORWARDED "\r\n"                               },
    {"Connection cannot take what others rest upon",
     "GET / HTTP/1.1\r\nHost: x\r\nConnection: Host, Authorization, Content-Length\r\n"
     "Authorization: a\r\nContent-Length: 0\r\n\r\n",                                                                                       "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\n" FORWARDED "Content-Length: 0\r\n\r\n"},
    {"framing is written anew",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",                                                        "POST / HTTP/1.1\r\nHost: x\r\n" FORWARDED "Content-Length: 5\r\n\r\n"                   },
    {"chunked",                                           "POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding:CHUNKED\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: x\r\n" FORWARDED "Transfer-Encoding: chunked\r\n\r\n"                                                                                                                                                 },
    {"what a client says of itself is dropped",
     "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
     "X-Forwarded-Host: evil\r\nX-Forwarded-Port: 443\r\nX-Forwarded-For: 10.0.0.2\r\n"
     "Forwarded: for=10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nX-Request-ID: forged\r\n\r\n",                                                      "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                         },
    {"a twin of a known name is a forgery",
     "GET / HTTP/1.1\r\nHost: x\r\nX_Forwarded_For: 10.0.0.1\r\nX-Forwarded_Proto: https\r\n"
     "Content_Length: 5\r\nTransfer_Encoding: chunked\r\nX_Request_Id: a\r\n"
     "Godeploy_Proof: TOKEN\r\nX_Real_IP: 10.0.0.1\r\nmy_own: kept\r\n\r\n",                                                                "GET / HTTP/1.1\r\nHost: x\r\nmy_own: kept\r\n" FORWARDED "\r\n"                         },
    {"Proxy is what CGI programs take for HTTP_PROXY",
     "GET / HTTP/1.1\r\nHost: x\r\nProxy: http://evil\r\n\r\n",                                                                             "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                         },
    {"Connection cannot take away who the client is",
     "GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Forwarded-For, Forwarded, X-Request-Id\r\n\r\n",                                           "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                         },
    {"an expectation",                                    "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: x\r\n" FORWARDED "Expect: 100-continue\r\n\r\n"                                                                                                                                                       },
    {"an upgrade",                                        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"                                                                                                                                   },
    {"an upgrade to h2c would be a way around us",
     "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
     "HTTP2-Settings: a\r\n\r\n",                                                                                                           "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                         },
    {"Upgrade that Connection does not name",
     "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",                                                                             "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                         },
    {"trailers are wanted",                               "GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "TE: trailers\r\nConnection: TE\r\n\r\n"                                                                                                                                              },
    {"a proof is ours alone",                             "GET / HTTP/1.1\r\nHost: x\r\nGodeploy-Proof: WRONG\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: x\r\n" FORWARDED "\r\n"                                                                                                                                                                                },
};

static void each_request_goes_on_without_what_was_for_us(void **state)
{
    CLEANUP_TEXT Text out = {0};
    RequestFacts facts;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(rewritten(&out, cases[i].in, false, &facts), cases[i].out) != 0)
            fail_msg("%s:\n%s", cases[i].what, out.bytes);
    }
}

static void what_a_trusted_proxy_before_us_says_is_kept(void **state)
{
    CLEANUP_TEXT Text out = {0};
    RequestFacts facts;

    (void)state;
    assert_string_equal(
        rewritten(&out,
                  "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\n"
                  "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.0.0.2\r\n"
                  "X-Forwarded-Port: 443\r\nForwarded: for=203.0.113.9\r\nX-Real-IP: a\r\n"
                  "X_Forwarded_Host: forged\r\n\r\n",
                  true, &facts),
        "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"
        "X-Real-IP: a\r\nX-Forwarded-For: 203.0.113.9, 10.0.0.2, 192.0.2.7\r\n"
        "X-Forwarded-Host: x\r\n"
        "Forwarded: for=203.0.113.9, for=192.0.2.7;host=\"x\";proto=http\r\n"
        "X-Request-Id: ID\r\n\r\n");
}

static void an_ipv6_client_stands_in_brackets_in_forwarded(void **state)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n";
    CLEANUP_TEXT Text out = {0};
    HttpHead head;
    Forwarding forwarding = {.client_host = "2001:db8::1", .request_id = "ID"};

    (void)state;
    assert_int_equal(http_head_parse_request(bytes, sizeof bytes - 1, &head).status, 0);
    http_forwarded_append(&forwarding, &head, head.host, &out);
    assert_non_null(strstr(out.bytes, "X-Forwarded-For: 2001:db8::1\r\n"));
    assert_non_null(
        strstr(out.bytes, "Forwarded: for=\"[2001:db8::1]\";host=\"[::1]:80\";proto=http\r\n"));
}

static void an_answer_cannot_forge_its_slot(void **state)
{
    static const char bytes[] =
        "HTTP/1.0 200 Fine\r\nGodeploy-Slot: forged\r\nConnection: close\r\n"
        "X: y\r\n\r\n";
    CLEANUP_TEXT Text out = {0};
    HttpHead head;
    AnswerRewrite rewrite = {.head = &head,
                             .framing = ANSWER_CHUNKED,
                             .connection = ANSWER_CLOSE,
                             .slot = "green",
                             .release = "2.4.0"};

    (void)state;
    assert_int_equal(http_head_parse_answer(bytes, sizeof bytes - 1, &head).status, 0);
    http_rewrite_answer(&rewrite, &out);
    assert_string_equal(out.bytes, "HTTP/1.1 200 Fine\r\nX: y\r\nTransfer-Encoding: chunked\r\n"
                                   "Connection: close\r\nGodeploy-Slot: green\r\n"
                                   "Godeploy-Release: 2.4.0\r\n\r\n");
}

static void a_length_is_kept_where_no_body_follows_but_never_in_204(void **state)
{
    static const char *const heads[] = {"HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n",
                                        "HTTP/1.1 204 N\r\nContent-Length: 9\r\n\r\n"};
    CLEANUP_TEXT Text out = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        HttpHead head;
        AnswerRewrite rewrite = {.head = &head, .framing = ANSWER_WITHOUT_BODY};

        text_clear(&out);
        assert_int_equal(http_head_parse_answer(heads[i], strlen(heads[i]), &head).status, 0);
        http_rewrite_answer(&rewrite, &out);
        assert_int_equal(strstr(out.bytes, "Content-Length: 9\r\n") != NULL, i == 0);
    }
}

static void trailers_lose_what_must_not_come_late(void **state)
{
    CLEANUP_TEXT Text in = {0};
    CLEANUP_TEXT Text out = {0};

    (void)state;
    text_append(&in, "X-Sum: 1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: y\r\n"
                     "Set-Cookie: a\r\nX-Forwarded-For: z\r\nLast: 2\r\n");
    http_rewrite_trailers(&in, &out);
    assert_string_equal(out.bytes, "X-Sum: 1\r\nLast: 2\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_goes_on_without_what_was_for_us),
        cmocka_unit_test(what_a_trusted_proxy_before_us_says_is_kept),
        cmocka_unit_test(an_ipv6_client_stands_in_brackets_in_forwarded),
        cmocka_unit_test(an_answer_cannot_forge_its_slot),
        cmocka_unit_test(a_length_is_kept_where_no_body_follows_but_never_in_204),
        cmocka_unit_test(trailers_lose_what_must_not_come_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
