/* caddy_config: the part of Caddy's configuration that says where requests go: JSON alone.
 *
 * A reverse_proxy is an app's if one of its upstreams is the side port of a slot. In it the slot
 * that answers stands first, and the selection policy is `first`; the other slot stands behind it,
 * is never chosen, and stays listed so that Caddy goes on counting what it still does. Source:
 * caddyserver.com/docs/json/apps/http/servers/routes/handle/reverse_proxy, Caddy 2.6. */
#ifndef GODEPLOY_PROXY_ENGINE_CADDY_CONFIG_H
#define GODEPLOY_PROXY_ENGINE_CADDY_CONFIG_H

#include "base/json.h"
#include "proxy/engine/engine.h"

typedef struct CaddyView {
    size_t proxies; /* how many reverse_proxy handlers are the app's */
    int first;      /* the slot that stands first in all of them, or ROUTE_NO_SLOT */
} CaddyView;

/* `config` is any part of the configuration that holds the handlers. */
void caddy_config_read(const Json *config, const Route *route, CaddyView *out);

/* A copy in which `route->active` stands first in each reverse_proxy of the app, and nothing else
 * is changed. Caller frees; NULL if out of memory. */
Json *caddy_config_with(const Json *config, const Route *route);

/* How many requests are under way to the slot, of the list that /reverse_proxy/upstreams answers; 0
 * if it is not in it. */
int64_t caddy_config_requests(const Json *upstreams, const Route *route, int slot);

#endif
