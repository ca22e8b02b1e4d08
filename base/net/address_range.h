/* address_range: hosts that share the beginning of their address, `10.0.0.0/8` or one alone.
 *
 * A plain value. IPv4 counts as the part of IPv6 that holds it (::ffff:0:0/96, RFC 4291 section
 * 2.5.5.2), so that a client is the same one on either kind of socket. */
#ifndef GODEPLOY_BASE_NET_ADDRESS_RANGE_H
#define GODEPLOY_BASE_NET_ADDRESS_RANGE_H

#include "base/error.h"

#include <stdbool.h>

enum { ADDRESS_RANGE_TEXT_SIZE = 52 };

typedef struct AddressRange {
    unsigned char bytes[16];
    unsigned bits;                      /* of `bytes` that count, 0 to 128 */
    char text[ADDRESS_RANGE_TEXT_SIZE]; /* as it was written */
} AddressRange;

/* HOST or HOST/BITS, without brackets. ERR_SETTINGS if it is neither, or if bits are set behind
 * those that count: then another network was meant. */
bool address_range_parse(const char *text, AddressRange *out, Error *err);
/* `host` is numeric; anything else is in no range. */
bool address_range_contains(const AddressRange *range, const char *host);

#endif
