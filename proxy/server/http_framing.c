/* See http_framing.h. */
#include "proxy/server/http_framing.h"

#include "proxy/server/http_rewrite.h"

#include <stdio.h>
#include <string.h>

void http_write_body(Connection *to, bool chunked, char *bytes, size_t length)
{
    static const char end[2] = {'\r', '\n'};
    char line[BLOCK_MARGIN];
    int line_length = 0;

    if (length == 0 || !chunked) {
        connection_write(to, bytes, length);
        return;
    }
    line_length = snprintf(line, sizeof line, "%zx\r\n", length);
    memcpy(bytes - line_length, line, (size_t)line_length);
    memcpy(bytes + length, end, sizeof end);
    connection_write(to, bytes - line_length, length + (size_t)line_length + 2);
}

void http_write_last_chunk(Connection *to, const HttpBody *body)
{
    CLEANUP_TEXT Text end = {0};

    text_append(&end, "0\r\n");
    http_rewrite_trailers(&body->trailers, &end);
    text_append(&end, "\r\n");
    connection_write(to, text_chars(&end), end.length);
}
