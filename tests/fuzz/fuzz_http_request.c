/* The head of a request, of any bytes: what is accepted goes on as a head that the next reader
 * understands in the same way, which is how requests are not smuggled.
 * Target: proxy/server/http/http_head.h, http_rewrite.h. */
#include "tests/fuzz/fuzz.h"

#include "proxy/server/http/http_rewrite.h"

#include <string.h>

static bool lies_in(Span span, const char *bytes, size_t length)
{
    return span.length == 0 || (span.at >= bytes && span.at + span.length <= bytes + length);
}

static void check_spans(const HttpHead *head, const char *bytes, size_t length)
{
    FUZZ_CHECK(lies_in(head->method, bytes, length) && lies_in(head->host, bytes, length));
    /* A URL without a path stands for one of these, which is nowhere in it. */
    FUZZ_CHECK(lies_in(head->target, bytes, length) || span_is(head->target, "/") ||
               span_is(head->target, "*"));
    FUZZ_CHECK(head->field_count <= HTTP_FIELDS_MAX);
    for (size_t i = 0; i < head->field_count; i++)
        FUZZ_CHECK(lies_in(head->fields[i].name, bytes, length) &&
                   lies_in(head->fields[i].value, bytes, length));
}

static void check_rewritten(const HttpHead *head)
{
    static HttpHead after; /* large, and nothing of it is kept */
    const RequestRewrite rewrite = {
        .head = head, .forwarding = {.client_host = "::1", .request_id = "i"},
             .default_host = "d"
    };
    CLEANUP_TEXT Text out = {0};
    RequestFacts facts;
    size_t scanned = 0;
    size_t length = 0;

    http_rewrite_request(&rewrite, &out, &facts);
    FUZZ_CHECK(http_head_find_end(out.bytes, out.length, &scanned, &length) == HTTP_HEAD_ENDED);
    FUZZ_CHECK(length == out.length);
    if (http_head_parse_request(out.bytes, length, &after).status != 0) {
        /* What we add may be one field too many, or make it too long: refused, not misread. */
        FUZZ_CHECK(head->field_count + 16 > HTTP_FIELDS_MAX || length > HTTP_HEAD_MAX_BYTES);
        return;
    }
    FUZZ_CHECK(span_equal(head->method, after.method) && span_equal(head->target, after.target));
    FUZZ_CHECK(head->chunked == after.chunked && head->content_length == after.content_length);
    FUZZ_CHECK(head->host.length == 0 || span_equal(head->host, after.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static HttpHead head; /* as above */
    CLEANUP(free) char *exact = NULL;
    size_t scanned = 0;
    size_t head_length = 0;
    HttpRefusal refusal;

    if (http_head_find_end((const char *)bytes, length, &scanned, &head_length) != HTTP_HEAD_ENDED)
        return 0;
    FUZZ_CHECK(head_length <= length);
    exact = fuzz_copy(bytes, head_length);
    refusal = http_head_parse_request(exact, head_length, &head);
    if (refusal.status != 0) {
        FUZZ_CHECK(refusal.why && refusal.status >= 400 && refusal.status < 600);
        return 0;
    }
    FUZZ_CHECK(!(head.chunked && head.content_length != HTTP_NO_LENGTH));
    check_spans(&head, exact, head_length);
    check_rewritten(&head);
    return 0;
}
