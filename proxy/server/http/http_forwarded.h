/* http_forwarded: what the service is told of its client: X-Forwarded-For, -Proto and -Host,
 * Forwarded (RFC 7239), X-Request-Id. Pure.
 *
 * What a client says of itself is worth nothing: it is dropped, and written anew. What a proxy says
 * that the route trusts is kept, and our own knowledge follows it. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_FORWARDED_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_FORWARDED_H

#include "base/text.h"
#include "proxy/server/http/http_head.h"

typedef struct Forwarding {
    const char *client_host; /* numeric; "": unknown */
    bool trusted;            /* the client is such a proxy */
    const char *request_id;
} Forwarding;

/* True for a field that is passed on as it came. */
bool http_forwarded_keeps(const Forwarding *forwarding, const HttpField *field);
/* `host` is the one that the service sees. */
void http_forwarded_append(const Forwarding *forwarding, const HttpHead *head, Span host,
                           Text *out);

#endif
