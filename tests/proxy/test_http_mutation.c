/* Heads and chunked bodies, broken at random in small ways: whatever is read, it is read the same
 * however it arrives, and what is accepted is understood the same by the next reader. */
#include "proxy/server/http/http_body.h"
#include "proxy/server/http/http_rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 20000, SAMPLE_MAX = 512 };

/* xorshift64*: the same rounds every time, so that a failure can be repeated. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * 2685821657736338717ULL;
}

static size_t below(uint64_t *seed, size_t limit)
{
    return (size_t)(next_random(seed) % limit);
}

typedef struct Sample {
    char bytes[SAMPLE_MAX];
    size_t length;
} Sample;

static void set(Sample *sample, const char *text)
{
    sample->length = strlen(text);
    memcpy(sample->bytes, text, sample->length);
}

static void insert(Sample *sample, size_t at, const char *bytes, size_t length)
{
    if (sample->length + length > SAMPLE_MAX)
        return;
    memmove(sample->bytes + at + length, sample->bytes + at, sample->length - at);
    memcpy(sample->bytes + at, bytes, length);
    sample->length += length;
}

static void cut(Sample *sample, size_t at, size_t length)
{
    memmove(sample->bytes + at, sample->bytes + at + length, sample->length - at - length);
    sample->length -= length;
}

static void mutate_once(Sample *sample, uint64_t *seed)
{
    static const char *const pieces[] = {"\r",
                                         "\n",
                                         "\r\n",
                                         " ",
                                         "\t",
                                         ":",
                                         "\0",
                                         "0",
                                         "\x7f",
                                         "\xff",
                                         ",",
                                         ";",
                                         "Content-Length: 3\r\n",
                                         "Transfer-Encoding: chunked\r\n",
                                         "Connection: content-length, host\r\n",
                                         "Host: y\r\n",
                                         "\r\n\r\n"};
    size_t at = below(seed, sample->length + 1);
    size_t piece = below(seed, sizeof pieces / sizeof *pieces);
    size_t length = pieces[piece][0] == '\0' ? 1 : strlen(pieces[piece]);

    switch (below(seed, 3)) {
    case 0:
        insert(sample, at, pieces[piece], length);
        break;
    case 1:
        if (at < sample->length)
            sample->bytes[at] = (char)next_random(seed);
        break;
    case 2:
        if (at < sample->length)
            cut(sample, at, 1);
        break;
    }
}

static void mutate(Sample *sample, uint64_t *seed)
{
    for (size_t count = 1 + below(seed, 3); count > 0; count--)
        mutate_once(sample, seed);
}

static void expect_same_meaning(const HttpHead *before, const Text *rewritten)
{
    HttpHead *after = malloc(sizeof *after);
    size_t scanned = 0;
    size_t length = 0;

    assert_non_null(after);
    assert_int_equal(http_head_find_end(rewritten->bytes, rewritten->length, &scanned, &length),
                     HTTP_HEAD_ENDED);
    assert_int_equal(length, rewritten->length); /* one head, nothing behind it */
    assert_int_equal(http_head_parse_request(rewritten->bytes, length, after).status, 0);
    assert_true(span_equal(before->method, after->method));
    assert_true(span_equal(before->target, after->target));
    assert_int_equal(before->chunked, after->chunked);
    assert_int_equal(before->content_length, after->content_length);
    if (before->host.length > 0)
        assert_true(span_equal(before->host, after->host));
    free(after);
}

/* True if it was accepted. */
static bool judge_head(const Sample *sample, HttpHead *head)
{
    size_t scanned = 0;
    size_t length = 0;
    CLEANUP_TEXT Text out = {0};
    CLEANUP(free) char *exact = NULL;
    RequestFacts facts;
    RequestRewrite rewrite = {
        .head = head, .forwarding = {.client_host = "::1", .request_id = "i"},
             .default_host = "d"
    };

    if (http_head_find_end(sample->bytes, sample->length, &scanned, &length) != HTTP_HEAD_ENDED)
        return false;
    exact = text_copy_bytes(sample->bytes, length);
    assert_non_null(exact);
    if (http_head_parse_request(exact, length, head).status != 0)
        return false;
    http_rewrite_request(&rewrite, &out, &facts);
    expect_same_meaning(head, &out);
    return true;
}

static void what_is_accepted_means_the_same_to_the_next_reader(void **state)
{
    static const char *const heads[] = {
        "GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX: y\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\nTE: trailers\r\n\r\n",
        "GET http://h/p HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, X\r\nUpgrade: w\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\nX-Forwarded-For: a\r\n\r\n"};
    HttpHead *head = malloc(sizeof *head);
    uint64_t seed = 20261123;
    size_t accepted = 0;

    (void)state;
    assert_non_null(head);
    for (size_t round = 0; round < ROUNDS; round++) {
        Sample sample;

        set(&sample, heads[round % (sizeof heads / sizeof *heads)]);
        mutate(&sample, &seed);
        accepted += judge_head(&sample, head);
    }
    assert_in_range(accepted, ROUNDS / 20, ROUNDS - ROUNDS / 20); /* both happen */
    free(head);
}

typedef struct Outcome {
    HttpBodyVerdict verdict;
    size_t used;
    size_t data_length;
    char data[SAMPLE_MAX];
    char trailers[SAMPLE_MAX];
} Outcome;

static void read_body(const Sample *sample, size_t step, Outcome *out)
{
    HttpBody body = {0};

    memset(out, 0, sizeof *out);
    http_body_start(&body, HTTP_BODY_CHUNKED, 0);
    for (size_t at = 0; at < sample->length && out->verdict == HTTP_BODY_MORE; at += step) {
        size_t count = sample->length - at < step ? sample->length - at : step;
        CLEANUP(free) char *piece = text_copy_bytes(sample->bytes + at, count);
        HttpBodyTaken taken;

        assert_non_null(piece);
        out->verdict = http_body_take(&body, piece, count, &taken);
        if (out->verdict == HTTP_BODY_BAD)
            break;
        memcpy(out->data + out->data_length, piece, taken.data);
        out->data_length += taken.data;
        out->used += taken.used;
    }
    if (out->verdict == HTTP_BODY_DONE && body.trailers.length > 0)
        memcpy(out->trailers, body.trailers.bytes, body.trailers.length);
    http_body_free(&body);
}

static void a_chunked_body_reads_the_same_in_pieces_of_any_size(void **state)
{
    static const char *const bodies[] = {"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
                                         "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n",
                                         "10\r\n0123456789abcdef\r\n0\r\n\r\n"};
    uint64_t seed = 1;
    size_t verdicts[3] = {0};

    (void)state;
    for (size_t round = 0; round < ROUNDS / 4; round++) {
        Sample sample;
        Outcome whole;

        set(&sample, bodies[round % 3]);
        mutate(&sample, &seed);
        read_body(&sample, SAMPLE_MAX, &whole);
        verdicts[whole.verdict]++;
        for (size_t step = 1; step < 8; step++) {
            Outcome pieces;

            read_body(&sample, step, &pieces);
            assert_int_equal(pieces.verdict, whole.verdict);
            if (whole.verdict == HTTP_BODY_BAD)
                continue; /* how far it got depends on the pieces */
            assert_int_equal(pieces.used, whole.used);
            assert_int_equal(pieces.data_length, whole.data_length);
            assert_memory_equal(pieces.data, whole.data, whole.data_length);
            assert_string_equal(pieces.trailers, whole.trailers);
        }
    }
    for (int i = HTTP_BODY_MORE; i <= HTTP_BODY_BAD; i++)
        assert_in_range(verdicts[i], 50, ROUNDS);
}

static void what_is_accepted_of_an_answer_goes_on_framed_by_us(void **state)
{
    HttpHead *head = malloc(sizeof *head);
    uint64_t seed = 7;
    size_t accepted = 0;

    (void)state;
    assert_non_null(head);
    for (size_t round = 0; round < ROUNDS; round++) {
        Sample sample;
        CLEANUP(free) char *exact = NULL;
        CLEANUP_TEXT Text out = {0};
        AnswerRewrite rewrite = {.head = head, .framing = ANSWER_CHUNKED};

        set(&sample, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: X\r\nX: y\r\n\r\n");
        mutate(&sample, &seed);
        exact = text_copy_bytes(sample.bytes, sample.length); /* a sanitizer guards its end */
        assert_non_null(exact);
        if (http_head_parse_answer(exact, sample.length, head).status != 0)
            continue;
        accepted++;
        http_rewrite_answer(&rewrite, &out);
        assert_int_equal(http_head_parse_answer(out.bytes, out.length, head).status, 0);
        assert_true(head->chunked && head->content_length == HTTP_NO_LENGTH);
    }
    assert_in_range(accepted, ROUNDS / 20, ROUNDS - ROUNDS / 20);
    free(head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_accepted_means_the_same_to_the_next_reader),
        cmocka_unit_test(a_chunked_body_reads_the_same_in_pieces_of_any_size),
        cmocka_unit_test(what_is_accepted_of_an_answer_goes_on_framed_by_us),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
