/* http_name: the fields that this proxy knows, and what each of them means to it. Pure.
 *
 * A name is known in its twin spelling too, with _ for -: servers that put fields into variables
 * (CGI, RFC 3875 section 4.1.18, and all that came of it) do not see the difference. Nobody needs a
 * twin, so it is treated as a forgery and never passed on. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_NAME_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_NAME_H

#include "proxy/server/span.h"

typedef enum HttpName {
    NAME_OTHER,
    NAME_TWIN, /* of a known one */
    NAME_CONNECTION,
    NAME_CACHE_CONTROL,
    NAME_CONTENT_LENGTH,
    NAME_COOKIE,
    NAME_EXPECT,
    NAME_FORWARDED,
    NAME_GODEPLOY_PROOF,
    NAME_HOST,
    NAME_TE,
    NAME_TRANSFER_ENCODING,
    NAME_UPGRADE,
    NAME_X_FORWARDED_FOR,
    NAME_X_FORWARDED_HOST,
    NAME_X_FORWARDED_PROTO,
    NAME_X_REQUEST_ID,
    NAME_WITH_TRAITS /* known for its traits alone */
} HttpName;

/* Added up. */
typedef enum HttpTrait {
    TRAIT_HOP = 1,  /* meant for one hop, whoever names it (RFC 9110 section 7.6.1) */
    TRAIT_FIRM = 2, /* naming it in Connection does not take it away: framing, routing or trust
                       rest upon it */
    TRAIT_NEVER_LATE = 4, /* must not stand in a trailer (RFC 9110 section 6.5.1) */
    TRAIT_REQUEST = 8,    /* a request gets ours in its place, or none */
    TRAIT_ANSWER = 16,    /* an answer likewise */
    TRAIT_TRUST = 32      /* says who the client is: believed from a trusted proxy alone */
} HttpTrait;

typedef struct HttpKnown {
    HttpName name;
    unsigned traits;
} HttpKnown;

HttpKnown http_name_known(Span name);

#endif
