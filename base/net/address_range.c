/* See address_range.h. */
#include "base/net/address_range.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { ADDRESS_BITS = 128, V4_PREFIX_BYTES = 12, V4_PREFIX_BITS = 96 };

/* False if it is not numeric. */
static bool read_host(const char *host, unsigned char out[16], bool *is_ipv4)
{
    static const unsigned char v4_prefix[V4_PREFIX_BYTES] = {[10] = 0xff, [11] = 0xff};

    *is_ipv4 = uv_inet_pton(AF_INET, host, out + V4_PREFIX_BYTES) == 0;
    if (*is_ipv4) {
        memcpy(out, v4_prefix, sizeof v4_prefix);
        return true;
    }
    return !strchr(host, '%') && uv_inet_pton(AF_INET6, host, out) == 0;
}

/* True if the first `bits` are the same. */
static bool begins_alike(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool all_zero_behind(const AddressRange *range)
{
    unsigned char zero[16] = {0};
    AddressRange only = *range;
    unsigned whole = range->bits / 8;

    memset(only.bytes, 0, whole);
    if (range->bits % 8 != 0)
        only.bytes[whole] = (unsigned char)(only.bytes[whole] & (0xff >> (range->bits % 8)));
    return memcmp(only.bytes, zero, sizeof zero) == 0;
}

static bool refuse(const char *text, const char *why, Error *err)
{
    (void)error_set(err, ERR_SETTINGS, "\"%s\" is not a range of addresses: %s", text, why);
    return error_hint(err, "Write a network such as 10.0.0.0/8 or fd00::/8, or one host.");
}

bool address_range_parse(const char *text, AddressRange *out, Error *err)
{
    AddressRange range = {.bits = ADDRESS_BITS};
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    char host[ADDRESS_RANGE_TEXT_SIZE] = "";
    bool is_ipv4 = false;
    uint64_t bits = 0;

    if (strlen(text) >= sizeof range.text)
        return refuse(text, "it is too long", err);
    (void)snprintf(host, sizeof host, "%.*s", (int)length, text); /* length is checked above */
    if (!read_host(host, range.bytes, &is_ipv4))
        return refuse(text, "the host is not numeric", err);
    if (slash) {
        if (!text_parse_number(slash + 1, is_ipv4 ? 32 : ADDRESS_BITS, &bits))
            return refuse(text, "there are not so many bits in it", err);
        range.bits = (unsigned)bits + (is_ipv4 ? V4_PREFIX_BITS : 0);
    }
    if (!all_zero_behind(&range))
        return refuse(text, "bits are set behind those that count", err);
    (void)snprintf(range.text, sizeof range.text, "%s", text); /* as here */
    *out = range;
    return true;
}

bool address_range_contains(const AddressRange *range, const char *host)
{
    unsigned char bytes[16];
    bool is_ipv4 = false;

    return read_host(host, bytes, &is_ipv4) && begins_alike(range->bytes, bytes, range->bits);
}
