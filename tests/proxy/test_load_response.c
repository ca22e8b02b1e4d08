#include "proxy/load/load_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    const char *bytes;
    LoadReading reading; /* once all bytes are fed */
    bool whole_at_end;   /* if the connection ends then */
    bool keep_alive;
    int status;
    uint64_t body_bytes;
} Case;

/* Sections are those of RFC 9112. */
static const Case cases[] = {
  /* 6.3: Content-Length */
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",                              LOAD_READING_DONE,   true,  true,  200, 2 },
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",                              LOAD_READING_MORE,   false, true,  200, 2 },
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",                                LOAD_READING_DONE,   true,  true,  200, 0 },
 /* 6.3: no body with 204 and 304 */
    {"HTTP/1.1 204 No Content\r\n\r\n",                                             LOAD_READING_DONE,   true,  true,  204, 0 },
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",                      LOAD_READING_DONE,   true,  true,  304,
     0                                                                                                                        },
 /* 6.3: until the connection ends */
    {"HTTP/1.1 200 OK\r\n\r\nuntil the end",                                        LOAD_READING_MORE,   true,  false, 200, 13},
 /* 7.1: chunks, extensions, trailers */
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",   LOAD_READING_DONE,
     true,                                                                                                      true,  200, 2 },
    {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nT: "
     "u\r\n\r\n",                                                              LOAD_READING_DONE,   true,  true,  200, 10},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",       LOAD_READING_MORE,
     false,                                                                                                     true,  200, 2 },
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",            LOAD_READING_MORE,   false,
     true,                                                                                                             200, 2 },
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",                  LOAD_READING_BROKEN, false, true,
     200,                                                                                                                   0 },
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nokay\r\n",          LOAD_READING_BROKEN,
     false,                                                                                                     false, 200, 1 },
 /* 9.3: persistence */
    {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",           LOAD_READING_DONE,   true,
     false,                                                                                                            200, 0 },
    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",                                LOAD_READING_DONE,   true,  false, 200, 0 },
    {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",      LOAD_READING_DONE,
     true,                                                                                                      true,  200, 0 },
    {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1",                      LOAD_READING_DONE,   true,  false, 200,
     2                                                                                                                        },
 /* RFC 9110, 15.2: interim answers are no answers */
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
     LOAD_READING_DONE,                                                                                  true,  true,  503, 0 },
    {"HTTP/1.1 100 Continue\r\n\r\n",                                               LOAD_READING_MORE,   false, false, 0,   0 },
 /* 4: the status line */
    {"HTTP/1.1 20x OK\r\n",                                                         LOAD_READING_BROKEN, false, false, 20,  0 },
    {"HTTP/1.1 999 Odd\r\n",                                                        LOAD_READING_BROKEN, false, true,  999, 0 },
    {"SSH-2.0-OpenSSH_9.2\r\n",                                                     LOAD_READING_BROKEN, false, false, 0,   0 },
    {"HTTP/1.1 200 OK\nContent-Length: 1\n\nx",                                     LOAD_READING_DONE,   true,  true,  200, 1 },
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",                               LOAD_READING_BROKEN, false, false, 200, 0 },
    {"",                                                                            LOAD_READING_MORE,   false, false, 0,   0 },
};

static void check(const Case *expected, size_t step)
{
    LoadResponse response;
    LoadReading reading = LOAD_READING_MORE;
    size_t length = strlen(expected->bytes);

    load_response_begin(&response, NULL);
    for (size_t at = 0; at < length; at += step)
        reading = load_response_feed(&response, expected->bytes + at,
                                     length - at < step ? length - at : step);
    if (reading != expected->reading || response.status != expected->status ||
        response.body_bytes != expected->body_bytes)
        fail_msg("%s: reading %u, status %d, %llu bytes", expected->bytes, (unsigned)reading,
                 response.status, (unsigned long long)response.body_bytes);
    if (reading == LOAD_READING_DONE)
        assert_int_equal(response.keep_alive, expected->keep_alive);
    assert_int_equal(load_response_end(&response), expected->whole_at_end);
    assert_false(response.keep_alive);
}

static void an_answer_reads_the_same_whole_and_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&cases[i], SIZE_MAX);
        check(&cases[i], 1);
        check(&cases[i], 7);
    }
}

static void the_identity_is_found_whatever_the_case_of_its_name(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nX-Release-Date: no\r\nx-release:  2.0.0 \r\n"
                                 "Content-Length: 0\r\n\r\n";
    LoadResponse response;

    (void)state;
    load_response_begin(&response, "X-Release");
    assert_int_equal(load_response_feed(&response, answer, strlen(answer)), LOAD_READING_DONE);
    assert_string_equal(response.identity, "2.0.0");
}

static void a_head_without_end_is_broken(void **state)
{
    static char line[4096];
    LoadResponse response;
    LoadReading reading = LOAD_READING_MORE;

    (void)state;
    memset(line, 'x', sizeof(line));
    load_response_begin(&response, NULL);
    (void)load_response_feed(&response, "HTTP/1.1 200 OK\r\n", 17);
    for (size_t fed = 0; fed <= LOAD_MOST_HEAD_BYTES; fed += sizeof(line))
        reading = load_response_feed(&response, line, sizeof(line));
    assert_int_equal(reading, LOAD_READING_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_reads_the_same_whole_and_byte_by_byte),
        cmocka_unit_test(the_identity_is_found_whatever_the_case_of_its_name),
        cmocka_unit_test(a_head_without_end_is_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
