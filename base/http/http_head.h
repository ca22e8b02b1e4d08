/* http_head: what a download needs to know from the head of an answer.
 *
 * Source: RFC 9110 sections 8.8 (validators), 13.1.5 (If-Range) and 14.4 (Content-Range). */
#ifndef GODEPLOY_BASE_HTTP_HTTP_HEAD_H
#define GODEPLOY_BASE_HTTP_HTTP_HEAD_H

#include "base/http/http_curl.h"
#include "base/http/http_partial.h"

typedef struct HttpHead {
    char *location; /* owned; NULL if none */
    char etag[HTTP_VALIDATOR_SIZE];
    char last_modified[64];
    char date[64];
    char content_length[32];
    char content_range[96];
    bool chunked;
} HttpHead;

/* One line of the head, the status line (which forgets those before it) and the last one included.
 * False if out of memory. */
bool http_head_line(HttpHead *head, const char *line, size_t length);
void http_head_free(HttpHead *head); /* accepts {0} */

/* The length of the body that follows; false if it is not known. */
bool http_head_length(const HttpHead *head, uint64_t *out);

typedef struct HttpRange {
    uint64_t first, last; /* of what follows; both 0 in an answer 416 */
    uint64_t total;
    bool total_known;
} HttpRange;
/* Reads Content-Range; false if there is none that makes sense. */
bool http_head_range(const HttpHead *head, HttpRange *out);

/* What If-Range may say of this content another time: "" if nothing proves that it is the same. */
const char *http_head_validator(const HttpHead *head, const HttpCurl *curl);

#endif
