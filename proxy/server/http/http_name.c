/* See http_name.h. */
#include "proxy/server/http/http_name.h"

#include <string.h>

typedef struct Row {
    const char *text; /* lower case; with a - at its end it stands for all that begin so */
    unsigned char length;
    unsigned char name; /* HttpName */
    unsigned char traits;
} Row;

#define KNOWN(text, name, traits)                                                                  \
    {                                                                                              \
        text, sizeof(text) - 1, (name), (unsigned char)(traits)                                    \
    }
#define FORWARDING (TRAIT_FIRM | TRAIT_NEVER_LATE | TRAIT_REQUEST | TRAIT_TRUST)

static const Row rows[] = {
    KNOWN("te", NAME_TE, TRAIT_HOP),
    KNOWN("host", NAME_HOST, TRAIT_FIRM | TRAIT_NEVER_LATE | TRAIT_REQUEST),
    KNOWN("proxy", NAME_WITH_TRAITS, TRAIT_NEVER_LATE | TRAIT_REQUEST), /* CVE-2016-5385 */
    KNOWN("cookie", NAME_COOKIE, TRAIT_FIRM | TRAIT_NEVER_LATE),
    KNOWN("expect", NAME_EXPECT, TRAIT_FIRM | TRAIT_NEVER_LATE | TRAIT_REQUEST),
    KNOWN("trailer", NAME_WITH_TRAITS, TRAIT_FIRM | TRAIT_NEVER_LATE),
    KNOWN("upgrade", NAME_UPGRADE, TRAIT_HOP),
    KNOWN("forwarded", NAME_FORWARDED, FORWARDING),
    KNOWN("x-real-ip", NAME_WITH_TRAITS, FORWARDING),
    KNOWN("connection", NAME_CONNECTION, TRAIT_HOP),
    KNOWN("keep-alive", NAME_WITH_TRAITS, TRAIT_HOP),
    KNOWN("set-cookie", NAME_WITH_TRAITS, TRAIT_FIRM | TRAIT_NEVER_LATE),
    KNOWN("content-type", NAME_WITH_TRAITS, TRAIT_FIRM | TRAIT_NEVER_LATE),
    KNOWN("x-request-id", NAME_X_REQUEST_ID, FORWARDING),
    KNOWN("authorization", NAME_WITH_TRAITS, TRAIT_FIRM | TRAIT_NEVER_LATE),
    KNOWN("cache-control", NAME_CACHE_CONTROL, TRAIT_NEVER_LATE),
    KNOWN("content-range", NAME_WITH_TRAITS, TRAIT_NEVER_LATE),
    KNOWN("godeploy-slot", NAME_WITH_TRAITS, TRAIT_NEVER_LATE | TRAIT_ANSWER),
    KNOWN("content-length", NAME_CONTENT_LENGTH, TRAIT_HOP),
    KNOWN("godeploy-proof", NAME_GODEPLOY_PROOF, TRAIT_NEVER_LATE | TRAIT_REQUEST),
    KNOWN("http2-settings", NAME_WITH_TRAITS, TRAIT_NEVER_LATE | TRAIT_REQUEST),
    KNOWN("x-forwarded-for", NAME_X_FORWARDED_FOR, FORWARDING),
    KNOWN("content-encoding", NAME_WITH_TRAITS, TRAIT_NEVER_LATE),
    KNOWN("godeploy-release", NAME_WITH_TRAITS, TRAIT_NEVER_LATE | TRAIT_ANSWER),
    KNOWN("x-forwarded-host", NAME_X_FORWARDED_HOST, FORWARDING),
    KNOWN("x-forwarded-proto", NAME_X_FORWARDED_PROTO, FORWARDING),
    KNOWN("transfer-encoding", NAME_TRANSFER_ENCODING, TRAIT_HOP),
    KNOWN("proxy-", NAME_WITH_TRAITS, TRAIT_HOP),
    KNOWN("x-forwarded-", NAME_WITH_TRAITS, FORWARDING),
};

static char folded(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if (c == '_')
        return '-';
    return c;
}

static bool fits(const Row *row, Span name)
{
    bool begins = row->text[row->length - 1] == '-';

    if (begins ? name.length < row->length : name.length != row->length)
        return false;
    for (size_t i = 0; i < row->length; i++) {
        if (folded(name.at[i]) != row->text[i])
            return false;
    }
    return true;
}

HttpKnown http_name_known(Span name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HttpKnown known = {(HttpName)rows[i].name, rows[i].traits};

        if (!fits(&rows[i], name))
            continue;
        if (memchr(name.at, '_', name.length))
            known = (HttpKnown){NAME_TWIN, TRAIT_HOP | TRAIT_NEVER_LATE};
        return known;
    }
    return (HttpKnown){NAME_OTHER, 0};
}
