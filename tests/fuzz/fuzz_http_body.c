/* A chunked body of any bytes: read the same in pieces of any size, and no data appears that was
 * not there. Target: proxy/server/http/http_body.h. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "proxy/server/http/http_body.h"

#include <string.h>

typedef struct Reading {
    HttpBodyVerdict verdict;
    size_t used;
    Text data;
    Text trailers;
} Reading;

static void read_body(const uint8_t *bytes, size_t length, size_t step, Reading *out)
{
    HttpBody body = {0};

    http_body_start(&body, HTTP_BODY_CHUNKED, 0);
    for (size_t at = 0; at < length && out->verdict == HTTP_BODY_MORE; at += step) {
        const size_t count = step < length - at ? step : length - at;
        CLEANUP(free) char *piece = fuzz_copy(bytes + at, count);
        HttpBodyTaken taken = {0};

        out->verdict = http_body_take(&body, piece, count, &taken);
        if (out->verdict == HTTP_BODY_BAD)
            break;
        FUZZ_CHECK(taken.data <= taken.used && taken.used <= count);
        FUZZ_CHECK(out->verdict == HTTP_BODY_DONE || taken.used == count);
        text_append_bytes(&out->data, piece, taken.data);
        out->used += taken.used;
    }
    FUZZ_CHECK(out->verdict != HTTP_BODY_BAD || body.why);
    FUZZ_CHECK(body.trailers.length <= HTTP_TRAILERS_MAX);
    text_append_bytes(&out->trailers, text_chars(&body.trailers), body.trailers.length);
    http_body_free(&body);
}

static void check_same(const Reading *a, const Reading *b)
{
    FUZZ_CHECK(a->verdict == b->verdict);
    if (a->verdict == HTTP_BODY_BAD)
        return; /* how far it got depends on the pieces */
    FUZZ_CHECK(a->used == b->used && a->data.length == b->data.length);
    FUZZ_CHECK(memcmp(text_chars(&a->data), text_chars(&b->data), a->data.length) == 0);
    FUZZ_CHECK(a->trailers.length == b->trailers.length);
    FUZZ_CHECK(memcmp(text_chars(&a->trailers), text_chars(&b->trailers), a->trailers.length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const size_t steps[] = {1, 2, 7};
    Reading whole = {.verdict = HTTP_BODY_MORE};

    read_body(bytes, length, length + 1, &whole);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        Reading pieces = {.verdict = HTTP_BODY_MORE};

        read_body(bytes, length, steps[i], &pieces);
        check_same(&whole, &pieces);
        text_free(&pieces.data);
        text_free(&pieces.trailers);
    }
    text_free(&whole.data);
    text_free(&whole.trailers);
    return 0;
}
