/* timestamp: when was this signature made, as somebody else testifies?
 *
 * Two forms: an RFC 3161 token (attribute 1.3.6.1.4.1.311.3.3.1) and the older PKCS#9
 * countersignature (1.2.840.113549.1.9.6). A timestamp that fails is no timestamp, never "ok". Only
 * for verify/authenticode: OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_TIMESTAMP_H
#define GODEPLOY_VERIFY_AUTHENTICODE_TIMESTAMP_H

#include "verify/authenticode/authenticode.h"
#include "verify/openssl.h"

typedef struct TimestampClaim {
    const PKCS7_SIGNER_INFO *signer;     /* whose unsigned attributes hold it */
    const STACK_OF(X509) * certificates; /* of the outer SignedData: helpers, never anchors */
    const X509 *signer_certificate;      /* may not be its own TSA; its validity bounds the time */
} TimestampClaim;

typedef struct Timestamp {
    bool present; /* something that claims to be one is there */
    bool good;
    TimeSource source;
    const char *code; /* static; "ok", or of codes.h: "tsa-untrusted", "imprint-mismatch", ... */
    char reason[200];
    int64_t time_ms;
    char tsa[AUTHENTICODE_NAME_SIZE];
} Timestamp;

/* The best of those present: a good one before a bad one, RFC 3161 before the older form. Chains of
 * the TSA are checked by trust.h as of the time stated. False only for ERR_MEMORY or ERR_CRYPTO. */
bool timestamp_check(const AuthenticodePolicy *policy, const TimestampClaim *claim, Timestamp *out,
                     Error *err);

#endif
