/* engine_nftables: the kernel as traffic engine. New connections to the public addresses are
 * redirected to the side port of a slot; what is connected stays where it is. Nobody listens on the
 * public port, and whoever does is passed by. What it promises and what it cannot: ENGINES.md. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_NFTABLES_H

#include "proxy/engine/engine.h"

extern const Engine engine_nftables;

#endif
