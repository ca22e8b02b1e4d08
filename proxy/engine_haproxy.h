/* engine_haproxy: an HAProxy that somebody already runs, told over its Runtime API which of the two
 * servers of a backend takes traffic. What it promises and what it cannot: ENGINES.md. */
#ifndef GODEPLOY_PROXY_ENGINE_HAPROXY_H
#define GODEPLOY_PROXY_ENGINE_HAPROXY_H

#include "proxy/engine.h"

extern const Engine engine_haproxy;

/* The two weights, 1 to 256, whose ratio comes nearest to a share of `ppm` for the candidate. */
void engine_haproxy_weights(int64_t ppm, int *active, int *candidate);

#endif
