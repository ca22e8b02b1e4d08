/* address: HOST:PORT as people write it, `127.0.0.1:8080` or `[::1]:8080`, numeric hosts only.
 *
 * Sockets in the few plain forms that the deployer itself needs; the proxy has libuv's. */
#ifndef GODEPLOY_BASE_NET_ADDRESS_H
#define GODEPLOY_BASE_NET_ADDRESS_H

#include "base/error.h"

#include <stdint.h>

enum { ADDRESS_TEXT_SIZE = 64 };

typedef struct Address {
    char host[46]; /* numeric, without brackets */
    uint16_t port;
    bool is_ipv6;
} Address;

bool address_parse(const char *text, Address *out, Error *err);
const char *address_format(const Address *address, char out[ADDRESS_TEXT_SIZE]);
bool address_equal(const Address *a, const Address *b);
bool address_is_wildcard(const Address *address); /* 0.0.0.0 or :: */
bool address_is_loopback(const Address *address); /* 127.x.x.x or ::1 */
/* The address by which this host reaches a listener on `listen`: a wildcard becomes loopback. */
Address address_to_reach(const Address *listen);

/* True if a listener could be bound there now; *why gets the reason (static) if not. */
bool address_can_bind(const Address *address, const char **why);
/* Opens and closes a TCP connection. ERR_NETWORK with the reason if that fails in time. */
bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err);

#endif
