/* route_trust: the proxies before us that a route believes when they say who their client is. */
#ifndef GODEPLOY_PROXY_ROUTE_TRUST_H
#define GODEPLOY_PROXY_ROUTE_TRUST_H

#include "base/json.h"
#include "base/net/address_range.h"

#include <stddef.h>

enum { ROUTE_TRUST_MAX = 32 };

typedef struct RouteTrust {
    AddressRange ranges[ROUTE_TRUST_MAX];
    size_t count; /* 0: nobody is believed */
} RouteTrust;

/* A list of texts as address_range.h reads them; ERR_USAGE says which is none. NULL: nobody. */
bool route_trust_from_json(const Json *json, RouteTrust *out, Error *err);
Json *route_trust_to_json(const RouteTrust *trust);
/* `host` is numeric. */
bool route_trust_includes(const RouteTrust *trust, const char *host);

#endif
