/* engine_portproxy: the port proxy of Windows, `netsh interface portproxy`, as traffic engine: the
 * service iphlpsvc listens on the public addresses and carries each connection to a slot; those
 * that it carries stay where they are. What it promises and what it cannot: ENGINES.md. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_PORTPROXY_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_PORTPROXY_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_findings.h"

extern const Engine engine_portproxy;

/* All rules of this host, for `godeploy doctor`. */
bool engine_portproxy_examine(PortproxyFindings *out, Error *err);

#endif
