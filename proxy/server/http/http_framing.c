/* See http_framing.h. */
#include "proxy/server/http/http_framing.h"

#include "proxy/server/http/http_rewrite.h"

#include <string.h>

static const char line_end[2] = {'\r', '\n'};
static const char last_chunk[5] = {'0', '\r', '\n', '\r', '\n'};

/* In front of `bytes`; returns where the line begins. */
static char *prepend_size(char *bytes, size_t length)
{
    char *at = bytes - sizeof line_end;

    memcpy(at, line_end, sizeof line_end);
    for (; length > 0; length /= 16)
        *--at = "0123456789abcdef"[length % 16];
    return at;
}

void http_write_body(Connection *to, const HttpBody *body, bool chunked, char *bytes, size_t length)
{
    char *from = bytes;
    char *behind = bytes + length;
    bool whole = chunked && body->done && body->trailers.length == 0;

    if (chunked && length > 0) {
        from = prepend_size(bytes, length);
        memcpy(behind, line_end, sizeof line_end);
        behind += sizeof line_end;
    }
    if (whole) {
        memcpy(behind, last_chunk, sizeof last_chunk);
        behind += sizeof last_chunk;
    }
    connection_write(to, from, (size_t)(behind - from));
    if (chunked && body->done && !whole)
        http_write_last_chunk(to, body);
}

void http_write_last_chunk(Connection *to, const HttpBody *body)
{
    Text *out = connection_write_later(to);

    text_append(out, "0\r\n");
    http_rewrite_trailers(&body->trailers, out);
    text_append(out, "\r\n");
    connection_flush(to);
}
