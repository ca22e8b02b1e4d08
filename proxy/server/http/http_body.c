/* See http_body.h. */
#include "proxy/server/http/http_body.h"

#include "proxy/server/http/http_head.h"

#include <string.h>

/* 15 hexadecimal digits: far above any body, far below an overflow. */
enum { CHUNK_DIGITS_MAX = 15 };

void http_body_start(HttpBody *body, HttpBodyKind kind, uint64_t length)
{
    http_body_free(body);
    memset(body, 0, sizeof *body);
    body->kind = kind;
    body->left = kind == HTTP_BODY_LENGTH ? length : 0;
    body->done = kind == HTTP_BODY_NONE || (kind == HTTP_BODY_LENGTH && length == 0);
}

void http_body_free(HttpBody *body)
{
    text_free(&body->trailers);
}

static bool bad(HttpBody *body, const char *why)
{
    body->why = why;
    return false;
}

/* RFC 9112 section 7.1: 1*HEXDIG, then an extension or CRLF; no blank between. */
static bool take_size(HttpBody *body, char c)
{
    int value = text_hex_digit(c);

    if (value >= 0) {
        if (++body->digits > CHUNK_DIGITS_MAX)
            return bad(body, "a chunk size is too large");
        body->left = body->left * 16 + (uint64_t)value;
        return true;
    }
    if (body->digits == 0)
        return bad(body, "a chunk size is not hexadecimal");
    if (c == '\r')
        body->part = CHUNK_SIZE_LF;
    else if (c == ';')
        body->part = CHUNK_EXTENSION;
    else
        return bad(body, "a chunk size is not hexadecimal");
    return true;
}

static bool take_extension(HttpBody *body, char c)
{
    if (c == '\r')
        body->part = CHUNK_SIZE_LF;
    else if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
        return bad(body, "a chunk extension holds a control character");
    return true;
}

static bool take_size_lf(HttpBody *body, char c)
{
    if (c != '\n')
        return bad(body, "a chunk line does not end with CRLF");
    body->part = body->left == 0 ? CHUNK_TRAILER : CHUNK_DATA;
    return true;
}

static void begin_chunk(HttpBody *body)
{
    body->part = CHUNK_SIZE;
    body->digits = 0;
    body->line_bytes = 0;
    body->left = 0;
}

/* RFC 9112 section 7.1.2: field lines as in a head, then an empty line. */
static bool take_trailer(HttpBody *body, char c)
{
    Text *text = &body->trailers;
    size_t length = 0;
    HttpField field;

    if (text->length >= HTTP_TRAILERS_MAX)
        return bad(body, "the trailers are too large");
    text_append_bytes(text, &c, 1);
    if (text->failed)
        return bad(body, "out of memory");
    if (c != '\n')
        return true;
    length = text->length - body->trailer_line;
    if (length < 2 || text->bytes[text->length - 2] != '\r')
        return bad(body, "a trailer line does not end with CRLF");
    if (length == 2) {
        text->length = body->trailer_line; /* the empty line is no trailer */
        body->done = true;
        return true;
    }
    if (!http_field_parse(text->bytes + body->trailer_line, length - 2, &field, &body->why))
        return false;
    body->trailer_line = text->length;
    return true;
}

static bool take_framing(HttpBody *body, char c)
{
    switch (body->part) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION:
    case CHUNK_SIZE_LF:
        if (++body->line_bytes > HTTP_CHUNK_LINE_MAX)
            return bad(body, "a chunk line is too long");
        return body->part == CHUNK_SIZE        ? take_size(body, c)
               : body->part == CHUNK_EXTENSION ? take_extension(body, c)
                                               : take_size_lf(body, c);
    case CHUNK_DATA_CR:
        body->part = CHUNK_DATA_LF;
        return c == '\r' || bad(body, "a chunk is longer than its size");
    case CHUNK_DATA_LF:
        begin_chunk(body);
        return c == '\n' || bad(body, "a chunk does not end with CRLF");
    case CHUNK_TRAILER:
        return take_trailer(body, c);
    case CHUNK_DATA:
        break; /* not framing: http_body_take() moves it as a whole */
    }
    return bad(body, "a chunk is read in the wrong order");
}

/* Moves as much as is there of what `left` promises. */
static void move_data(HttpBody *body, char *bytes, size_t length, HttpBodyTaken *taken)
{
    size_t here = length - taken->used;
    size_t count = body->left < here ? (size_t)body->left : here;

    if (taken->data != taken->used)
        memmove(bytes + taken->data, bytes + taken->used, count);
    taken->data += count;
    taken->used += count;
    body->left -= count;
}

static HttpBodyVerdict take_chunked(HttpBody *body, char *bytes, size_t length,
                                    HttpBodyTaken *taken)
{
    while (taken->used < length && !body->done) {
        if (body->part == CHUNK_DATA) {
            move_data(body, bytes, length, taken);
            if (body->left == 0)
                body->part = CHUNK_DATA_CR;
        } else if (!take_framing(body, bytes[taken->used++])) {
            return HTTP_BODY_BAD;
        }
    }
    return body->done ? HTTP_BODY_DONE : HTTP_BODY_MORE;
}

HttpBodyVerdict http_body_take(HttpBody *body, char *bytes, size_t length, HttpBodyTaken *taken)
{
    *taken = (HttpBodyTaken){0, 0};
    if (body->done)
        return HTTP_BODY_DONE;
    switch (body->kind) {
    case HTTP_BODY_NONE:
        return HTTP_BODY_DONE;
    case HTTP_BODY_UNTIL_CLOSE:
        *taken = (HttpBodyTaken){length, length};
        return HTTP_BODY_MORE;
    case HTTP_BODY_LENGTH:
        move_data(body, bytes, length, taken);
        body->done = body->left == 0;
        return body->done ? HTTP_BODY_DONE : HTTP_BODY_MORE;
    case HTTP_BODY_CHUNKED:
        return take_chunked(body, bytes, length, taken);
    }
    return HTTP_BODY_BAD;
}
