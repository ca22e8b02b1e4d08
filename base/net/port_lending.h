/* port_lending: ports that the system lends to outgoing connections.
 *
 * Who listens on such a port may find it taken at the next start: any connection that this host
 * opens can get it. */
#ifndef GODEPLOY_BASE_NET_PORT_LENDING_H
#define GODEPLOY_BASE_NET_PORT_LENDING_H

#include <stdbool.h>
#include <stdint.h>

/* *from and *to: the range it is lent from. False also where that cannot be seen. Source: ip-sysctl
 * ip_local_port_range less ip_local_reserved_ports; the dynamic range of Windows. */
bool port_is_lent(uint16_t port, uint16_t *from, uint16_t *to);

#endif
