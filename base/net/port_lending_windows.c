/* See port_lending.h. The range that Windows has used since Vista and Server 2008, RFC 6335;
 * `netsh int ipv4 set dynamicport` may have moved it, which is not seen here. */
#include "base/net/port_lending.h"

enum { DYNAMIC_FROM = 49152, DYNAMIC_TO = 65535 };

bool port_is_lent(uint16_t port, uint16_t *from, uint16_t *to)
{
    *from = DYNAMIC_FROM;
    *to = DYNAMIC_TO;
    return port >= DYNAMIC_FROM;
}
