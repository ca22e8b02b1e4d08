/* See scheme.h. */
#include "verify/scheme.h"

#include "base/text.h"

static const char *const scheme_names[] = {
    [SCHEME_PKCS1_SHA256] = "pkcs1-sha256",
    [SCHEME_PSS_SHA256] = "pss-sha256",
};

bool scheme_parse(const char *name, SignatureScheme *out, Error *err)
{
    for (int i = SCHEME_PKCS1_SHA256; i <= SCHEME_PSS_SHA256; i++)
        if (text_equal(name, scheme_names[i])) {
            *out = (SignatureScheme)i;
            return true;
        }
    return error_set(err, ERR_SETTINGS,
                     "unknown signature scheme \"%s\", expected pkcs1-sha256 or pss-sha256", name);
}

const char *scheme_name(SignatureScheme scheme)
{
    return scheme_names[scheme];
}
