/* portproxy_host_windows: Windows itself behind portproxy_host.h, and the parts that it is made of.
 */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_HOST_WINDOWS_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_HOST_WINDOWS_H

#include "proxy/engine/portproxy_host.h"

extern const PortproxyHost portproxy_host_windows;

/* portproxy_registry_windows.c: reading alone. */
bool portproxy_registry_read(void *context, PortproxyRules *out, Error *err);
bool portproxy_registry_may_change(void *context, Error *err);
bool portproxy_registry_ipv6_disabled(void *context, uint32_t *out, Error *err);

/* portproxy_netsh_windows.c: writing. */
bool portproxy_netsh_run(void *context, const TextList *arguments, Error *err);

/* portproxy_sockets_windows.c */
bool portproxy_sockets_find_holders(void *context, uint16_t port, PortproxyHolders *out,
                                    Error *err);
bool portproxy_sockets_find_peers(void *context, uint16_t slot_port, int64_t pid,
                                  PortproxyPeers *out, Error *err);
bool portproxy_sockets_connect(void *context, const Address *address, int64_t timeout_ms,
                               PortproxyConnection **out, Error *err);
void portproxy_sockets_disconnect(void *context, PortproxyConnection *connection);

#endif
