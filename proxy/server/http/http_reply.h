/* http_reply: an answer of the proxy's own, as bytes. Pure. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_REPLY_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_REPLY_H

#include "base/text.h"
#include "proxy/server/span.h"

#include <stdbool.h>

typedef struct HttpReply {
    int status;
    const char *why;        /* a sentence; the body where there is no page */
    Span page;              /* HTML in UTF-8; length 0: none */
    unsigned retry_after_s; /* 0: says nothing of it */
    const char *request_id; /* "": none */
    bool close;             /* the last on its connection */
    bool without_body;      /* it answers HEAD */
} HttpReply;

void http_reply_append(const HttpReply *reply, Text *out);

#endif
