/* trust: does this certificate chain to an anchor, for this purpose, at that time?
 *
 * Every certificate on the way is looked at: key usage, extended key usage, digest and key size,
 * validity, CA rights, revocation by the offline CRLs. Only for verify/authenticode: OpenSSL's
 * types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_TRUST_H
#define GODEPLOY_VERIFY_AUTHENTICODE_TRUST_H

#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/codes.h"
#include "verify/openssl.h"

typedef enum TrustPurpose { TRUST_CODE, TRUST_TIME } TrustPurpose;

typedef struct TrustQuestion {
    X509 *leaf;
    const STACK_OF(X509) * helpers; /* may be needed to build the chain; never anchors */
    TrustPurpose purpose;
    int64_t at_ms;       /* as of then */
    bool time_is_proven; /* at_ms comes from a good timestamp: decides what a revocation means */
} TrustQuestion;

typedef struct TrustAnswer {
    bool trusted;
    Code code; /* CODE_OK, CODE_ROOT_NOT_IN_BUNDLE, CODE_EXPIRED, CODE_REVOKED, ... */
    char reason[AUTHENTICODE_REASON_SIZE];
    int chain_length; /* leaf first, as far as it was found */
    char chain[AUTHENTICODE_CHAIN_MOST][AUTHENTICODE_NAME_SIZE];
} TrustAnswer;

/* False only for ERR_MEMORY or ERR_CRYPTO. */
bool trust_check(const AuthenticodePolicy *policy, const TrustQuestion *question, TrustAnswer *out,
                 Error *err);

/* The certificate's common name, or its whole subject where it has none; printable. */
const char *trust_name(const X509 *certificate, char out[AUTHENTICODE_NAME_SIZE]);

#endif
