/* The head of an answer, of any bytes: what is accepted goes on framed by us, and reads so.
 * Target: proxy/server/http/http_head.h, http_rewrite.h. */
#include "tests/fuzz/fuzz.h"

#include "proxy/server/http/http_rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static HttpHead head; /* large, and nothing of it is kept */
    static HttpHead after;
    const AnswerRewrite rewrite = {.head = &head, .framing = ANSWER_CHUNKED};
    CLEANUP(free) char *exact = NULL;
    CLEANUP_TEXT Text out = {0};
    size_t scanned = 0;
    size_t head_length = 0;

    if (http_head_find_end((const char *)bytes, length, &scanned, &head_length) != HTTP_HEAD_ENDED)
        return 0;
    exact = fuzz_copy(bytes, head_length);
    if (http_head_parse_answer(exact, head_length, &head).status != 0)
        return 0;
    FUZZ_CHECK(head.status >= 100 && head.status <= 999);
    http_rewrite_answer(&rewrite, &out);
    if (http_head_parse_answer(out.bytes, out.length, &after).status != 0) {
        FUZZ_CHECK(head.field_count + 16 > HTTP_FIELDS_MAX || out.length > HTTP_HEAD_MAX_BYTES);
        return 0;
    }
    FUZZ_CHECK(after.status == head.status);
    FUZZ_CHECK(after.chunked && after.content_length == HTTP_NO_LENGTH);
    return 0;
}
