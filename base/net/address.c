/* See address.h. The grammar here; sockets in address_posix.c. */
#include "base/net/address.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef union Numeric {
    struct in_addr v4;
    struct in6_addr v6;
} Numeric;

static bool refuse(const char *text, const char *why, Error *err)
{
    (void)error_set(err, ERR_SETTINGS, "\"%s\" is not an address: %s", text, why);
    return error_hint(err,
                      "Write a numeric host and a port, such as 127.0.0.1:8080 or [::1]:8080.");
}

/* Finds the last colon, and the host before it without its brackets. */
static const char *split(const char *text, const char **host, size_t *length, bool *bracketed)
{
    const char *colon = strrchr(text, ':');

    if (!colon)
        return "the port is missing";
    *host = text;
    *length = (size_t)(colon - text);
    *bracketed = text[0] == '[';
    if (*bracketed) {
        if (*length < 2 || colon[-1] != ']')
            return "the port is missing behind the bracket";
        *host = text + 1;
        *length -= 2;
    } else if (memchr(text, ':', *length)) {
        return "an IPv6 host stands in brackets";
    }
    return *length == 0 ? "the host is missing" : NULL;
}

/* One spelling for each host, so that equal addresses are equal text. */
static bool normalize(Address *address)
{
    int family = address->is_ipv6 ? AF_INET6 : AF_INET;
    Numeric numeric;

    if (strchr(address->host, '%')) /* libuv would drop the interface without a word */
        return false;
    return uv_inet_pton(family, address->host, &numeric) == 0 &&
           uv_inet_ntop(family, &numeric, address->host, sizeof address->host) == 0;
}

bool address_parse(const char *text, Address *out, Error *err)
{
    Address address = {0};
    const char *host = NULL, *why = NULL;
    uint64_t port = 0;
    size_t length = 0;

    why = split(text, &host, &length, &address.is_ipv6);
    if (why)
        return refuse(text, why, err);
    if (!text_parse_number(strrchr(text, ':') + 1, UINT16_MAX, &port) || port == 0)
        return refuse(text, "the port must be a number from 1 to 65535", err);
    if (length < sizeof address.host)
        memcpy(address.host, host, length);
    if (length >= sizeof address.host || !normalize(&address))
        return refuse(text, "the host must be numeric", err);
    address.port = (uint16_t)port;
    *out = address;
    return true;
}

const char *address_format(const Address *address, char out[ADDRESS_TEXT_SIZE])
{
    (void)snprintf(out, ADDRESS_TEXT_SIZE, address->is_ipv6 ? "[%s]:%u" : "%s:%u", address->host,
                   (unsigned)address->port);
    return out;
}

bool address_equal(const Address *a, const Address *b)
{
    return a->port == b->port && a->is_ipv6 == b->is_ipv6 && strcmp(a->host, b->host) == 0;
}

bool address_is_wildcard(const Address *address)
{
    return strcmp(address->host, address->is_ipv6 ? "::" : "0.0.0.0") == 0;
}

bool address_is_loopback(const Address *address)
{
    return address->is_ipv6 ? strcmp(address->host, "::1") == 0
                            : strncmp(address->host, "127.", strlen("127.")) == 0;
}

Address address_to_reach(const Address *listen)
{
    Address reach = *listen;

    if (address_is_wildcard(listen))
        (void)snprintf(reach.host, sizeof reach.host, "%s", listen->is_ipv6 ? "::1" : "127.0.0.1");
    return reach;
}
