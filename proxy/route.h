/* route: where the requests of one app arrive, and which of its two slots answers them.
 *
 * A plain value, copied freely. Its JSON form is what the control socket and routes.json carry. */
#ifndef GODEPLOY_PROXY_ROUTE_H
#define GODEPLOY_PROXY_ROUTE_H

#include "base/address.h"
#include "base/error.h"
#include "base/json.h"

#include <stddef.h>
#include <stdint.h>

enum {
    ROUTE_LISTEN_MAX = 8,
    ROUTE_SLOTS_MAX = 2,
    ROUTE_APP_SIZE = 64,
    ROUTE_SLOT_NAME_SIZE = 32,
    ROUTE_RELEASE_SIZE = 128,
    ROUTE_PROOF_SIZE = 128,
    ROUTE_NO_SLOT = -1
};

typedef enum RouteMode {
    ROUTE_HTTP, /* every request is routed on its own */
    ROUTE_TCP   /* every connection is routed on its own */
} RouteMode;

typedef struct RouteSlot {
    char name[ROUTE_SLOT_NAME_SIZE];
    Address address;
} RouteSlot;

/* 0 stands for the engine's default. */
typedef struct RouteLimits {
    int64_t head_ms;       /* a client may take this long to send a request head */
    int64_t idle_ms;       /* a keep-alive client may stay silent this long */
    int64_t first_byte_ms; /* an instance may take this long to begin its answer */
    int64_t body_bytes;    /* largest request body; 413 above it. 0: no limit */
} RouteLimits;

typedef struct Route {
    char app[ROUTE_APP_SIZE];
    RouteMode mode;
    Address listen[ROUTE_LISTEN_MAX];
    size_t listen_count;
    RouteSlot slots[ROUTE_SLOTS_MAX];
    size_t slot_count;
    int active;                       /* index into slots, or ROUTE_NO_SLOT: answer 503 */
    char release[ROUTE_RELEASE_SIZE]; /* what the active slot runs; "" if unknown */
    char proof[ROUTE_PROOF_SIZE];     /* answers tell their slot to who knows it; "": to nobody */
    bool trust_forwarded;             /* keep X-Forwarded-Proto and -Host of a proxy before us */
    RouteLimits limits;
} Route;

/* ERR_USAGE says which member is missing or wrong. */
bool route_from_json(const Json *json, Route *out, Error *err);
Json *route_to_json(const Route *route); /* NULL if out of memory; caller frees */

bool route_listens_on(const Route *route, const Address *address);
int route_slot_index(const Route *route, const char *name); /* ROUTE_NO_SLOT if it has none such */

#endif
