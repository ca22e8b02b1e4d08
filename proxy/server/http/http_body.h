/* http_body: where a message body ends, and which of the bytes are its data. Pure.
 *
 * Specification: RFC 9112 sections 6 and 7. As strict as http_head.h: a chunk size is hexadecimal
 * digits and nothing else, lines end with CRLF, extensions are read and forgotten. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_BODY_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_BODY_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_CHUNK_LINE_MAX = 1024, HTTP_TRAILERS_MAX = 16 * 1024 };

typedef enum HttpBodyKind {
    HTTP_BODY_NONE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNKED,
    HTTP_BODY_UNTIL_CLOSE
} HttpBodyKind;

typedef enum HttpChunkPart {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER
} HttpChunkPart;

typedef struct HttpBody {
    HttpBodyKind kind;
    bool done;
    uint64_t left;       /* bytes of the body, or of the chunk */
    HttpChunkPart part;  /* chunked only, as all below */
    unsigned digits;     /* of the chunk size so far */
    size_t line_bytes;   /* of the chunk line so far */
    Text trailers;       /* whole lines with CRLF, checked; owned */
    size_t trailer_line; /* where the last, unfinished one begins */
    const char *why;     /* after HTTP_BODY_BAD; static */
} HttpBody;

typedef enum HttpBodyVerdict { HTTP_BODY_MORE, HTTP_BODY_DONE, HTTP_BODY_BAD } HttpBodyVerdict;

/* `length` matters to HTTP_BODY_LENGTH alone. Forgets what `body` was before. */
void http_body_start(HttpBody *body, HttpBodyKind kind, uint64_t length);
void http_body_free(HttpBody *body);

typedef struct HttpBodyTaken {
    size_t used; /* bytes that belong to the body; what follows is the next message */
    size_t data; /* bytes of data, moved together at the front */
} HttpBodyTaken;

/* Takes what belongs to the body from the front of `bytes`, which it changes: the data is moved to
 * the front, without framing. */
HttpBodyVerdict http_body_take(HttpBody *body, char *bytes, size_t length, HttpBodyTaken *taken);

#endif
