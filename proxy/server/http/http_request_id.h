/* http_request_id: the name of a request in everybody's logs.
 *
 * 32 hexadecimal digits: 64 bits drawn at random by each worker, then a count that begins at
 * random. Unique for all that matters, and no secret. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_REQUEST_ID_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_REQUEST_ID_H

#include "proxy/server/http/http_head.h"

#include <stdint.h>

enum { HTTP_REQUEST_ID_SIZE = 129 };

typedef struct RequestIds {
    char worker[17]; /* 16 digits */
    uint64_t count;
} RequestIds;

void http_request_ids_init(RequestIds *ids);
/* The one that a trusted proxy gave it, if it is 1 to 128 visible characters; else a new one. */
void http_request_id_choose(RequestIds *ids, const HttpHead *head, bool trusted,
                            char out[HTTP_REQUEST_ID_SIZE]);

#endif
