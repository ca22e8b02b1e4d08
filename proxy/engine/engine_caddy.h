/* engine_caddy: a Caddy that somebody already runs, told over its admin API which slot the
 * reverse_proxy of an app sends its requests to. What it promises and what it cannot: ENGINES.md.
 */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_CADDY_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_CADDY_H

#include "proxy/engine/engine.h"

extern const Engine engine_caddy;

#endif
