/* public_request: one request, or connection, through a public address that somebody else holds:
 * the proof of a flip. Who answered it is for the engine to find out. */
#ifndef GODEPLOY_PROXY_PUBLIC_REQUEST_H
#define GODEPLOY_PROXY_PUBLIC_REQUEST_H

#include "proxy/engine/engine.h"

typedef struct PublicRequest {
    RouteMode mode;        /* ROUTE_TCP: a connection, and nothing is said on it */
    const Address *listen; /* a wildcard is reached by loopback */
    const char *path;
    const char *host; /* NULL, or the Host header */
    bool tls;         /* by https, whatever its certificate: what answers is this host */
    int64_t timeout_ms;
} PublicRequest;

/* `seen` gets the answer in words: "HTTP 200". ERR_NETWORK or ERR_TIMEOUT if there was none; an
 * answer of any status is one. */
bool public_request_send(const PublicRequest *request, char seen[ENGINE_SEEN_SIZE], Error *err);

#endif
