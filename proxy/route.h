/* route: where the requests of one app arrive, and which of its two slots answers them.
 *
 * A plain value, copied freely. Its JSON form is what the control socket and routes.json carry. */
#ifndef GODEPLOY_PROXY_ROUTE_H
#define GODEPLOY_PROXY_ROUTE_H

#include "base/error.h"
#include "base/json.h"
#include "base/net/address.h"
#include "proxy/route_limits.h"
#include "proxy/route_trust.h"

#include <stddef.h>
#include <stdint.h>

enum {
    ROUTE_LISTEN_MAX = 8,
    ROUTE_SLOTS_MAX = 2,
    ROUTE_APP_SIZE = 64,
    ROUTE_SLOT_NAME_SIZE = 32,
    ROUTE_RELEASE_SIZE = 128,
    ROUTE_PROOF_SIZE = 128,
    ROUTE_SALT_SIZE = 33,
    ROUTE_PATH_SIZE = 512,
    ROUTE_MILLION = 1000000,
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

/* Whether requests get through. */
typedef enum RouteGate {
    ROUTE_OPEN,
    ROUTE_HELD,       /* new ones wait, within RouteHold: nobody is refused yet */
    ROUTE_MAINTENANCE /* new ones get 503 and the operator's page */
} RouteGate;

/* How much may wait at a gate that is held; 0 stands for the engine's default. */
typedef struct RouteHold {
    int64_t requests; /* more get 503 at once */
    int64_t bytes;    /* of their heads and of the bodies read so far */
    int64_t ms;       /* who has waited this long gets 503 */
} RouteHold;

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
    RouteTrust trusted;               /* whose X-Forwarded-* and Forwarded are believed */
    RouteLimits limits;

    /* Canary: the slot that is not active gets this share of new clients, by a cookie of the
     * proxy's own in http mode, of new connections in tcp mode. 0: no canary. */
    int64_t candidate_ppm;
    char candidate_release[ROUTE_RELEASE_SIZE];
    char salt[ROUTE_SALT_SIZE]; /* other clients are first at the next canary; 32 hex characters */

    RouteGate gate;
    RouteHold hold;
    char page[ROUTE_PATH_SIZE];        /* absolute path of the HTML file of ROUTE_MAINTENANCE, read
                                          when the route is set; "": a plain sentence */
    char health_path[ROUTE_PATH_SIZE]; /* answered 200 by us while the gate is shut; "": none */
    bool send_proxy_header;            /* tcp mode: PROXY protocol v2 to the instance */
} Route;

/* ERR_USAGE says which member is missing or wrong. */
bool route_from_json(const Json *json, Route *out, Error *err);
Json *route_to_json(const Route *route); /* NULL if out of memory; caller frees */

bool route_listens_on(const Route *route, const Address *address);
const char *route_gate_name(RouteGate gate);                /* "open"; static */
int route_slot_index(const Route *route, const char *name); /* ROUTE_NO_SLOT if it has none such */

#endif
