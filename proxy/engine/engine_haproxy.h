/* engine_haproxy: an HAProxy that somebody already runs, told over its Runtime API which of the two
 * servers of a backend takes traffic. What it promises and what it cannot: ENGINES.md. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_HAPROXY_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_HAPROXY_H

#include "proxy/engine/engine.h"

extern const Engine engine_haproxy;

/* The two weights whose ratio comes nearest to a share of `ppm` for the candidate. That one's is
 * odd, the active one's even, both at most 256: so they can be told apart by whoever looks later.
 */
void engine_haproxy_weights(int64_t ppm, int *active, int *candidate);

#endif
