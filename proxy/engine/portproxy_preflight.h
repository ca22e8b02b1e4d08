/* portproxy_preflight: what stands against a rule for the app's public addresses, found before
 * anything starts. netsh accepts nearly every rule and exits with 0; what cannot listen then is
 * silent, so what can be known is looked at first. Changes nothing. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_PREFLIGHT_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_PREFLIGHT_H

#include "proxy/engine/engine.h"
#include "proxy/engine/portproxy_host.h"

/* Why no rule of this host works, or NULL; *fix says what to do. Static texts. */
const char *portproxy_service_trouble(const PortproxyService *service, const char **fix);
bool portproxy_service_check(const PortproxyService *service, Error *err);

/* Index of the slot that a rule leads to, or ROUTE_NO_SLOT: then it is not ours. */
int portproxy_slot_of(const Route *route, const PortproxyRule *rule);

/* The rules alone: nobody else's stands at, or in the way of, a public address. */
bool portproxy_check_rules(const EngineContext *context, const PortproxyRules *rules, Error *err);

/* All of it: permission, service, rules, and who holds the ports. */
bool portproxy_preflight(const PortproxyHost *host, const EngineContext *context, Error *err);

#endif
