/* load_response: reads one HTTP/1.1 answer as it arrives. Lenient: it judges deployments, not
 * servers.
 *
 * Source: RFC 9112, sections 4, 6 and 7.1. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_RESPONSE_H
#define GODEPLOY_PROXY_LOAD_LOAD_RESPONSE_H

#include "proxy/load/load.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LoadReading { LOAD_READING_MORE, LOAD_READING_DONE, LOAD_READING_BROKEN } LoadReading;

typedef enum LoadResponsePart {
    LOAD_PART_STATUS,
    LOAD_PART_HEADER,
    LOAD_PART_BODY,   /* `left` bytes */
    LOAD_PART_TO_END, /* until the connection ends */
    LOAD_PART_CHUNK_SIZE,
    LOAD_PART_CHUNK,
    LOAD_PART_CHUNK_END,
    LOAD_PART_TRAILER,
    LOAD_PART_DONE,
    LOAD_PART_BROKEN
} LoadResponsePart;

enum { LOAD_LINE_SIZE = 512, LOAD_MOST_HEAD_BYTES = 65536 };

typedef struct LoadResponse {
    const char *identity_header; /* borrowed; NULL: none is looked for */
    char identity[LOAD_IDENTITY_SIZE];
    int status;
    bool keep_alive;     /* the connection can carry another request */
    uint64_t body_bytes; /* so far */
    /* The reader's own. */
    LoadResponsePart part;
    bool chunked, has_length;
    uint64_t left;
    size_t head_bytes;
    char line[LOAD_LINE_SIZE]; /* longer lines lose their end */
    size_t line_length;
} LoadResponse;

void load_response_begin(LoadResponse *response, const char *identity_header);
/* Bytes behind the end of the answer are nobody's: keep_alive becomes false. */
LoadReading load_response_feed(LoadResponse *response, const char *bytes, size_t length);
/* The connection has ended: true if the answer is whole by that. */
bool load_response_end(LoadResponse *response);

#endif
