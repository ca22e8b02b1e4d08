/* signer_key: whose key made the signature of a SignerInfo, over its signed attributes? An
 * Authenticode signature and the older kind of timestamp both end in one. Only for
 * verify/authenticode.
 *
 * Source: RFC 2315 section 9, RFC 5652 section 5.4, RFC 8017 (PKCS #1 v1.5). */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SIGNER_KEY_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SIGNER_KEY_H

#include "verify/authenticode/digest_algorithm.h"
#include "verify/authenticode/finding.h"
#include "verify/openssl.h"

typedef struct SignerKeyQuestion {
    const PKCS7_SIGNER_INFO *signer;     /* has signed attributes */
    const DigestAlgorithm *digest;       /* the one it names */
    const STACK_OF(X509) * certificates; /* of the message around it; NULL: none */
} SignerKeyQuestion;

/* *certificate is the one of the message whose key made the signature; borrowed from it. */
bool signer_key_find(const SignerKeyQuestion *question, X509 **certificate, Finding *finding);

/* The one value of the one attribute of this type, NULL otherwise: twice the same attribute is two
 * answers to one question. Borrowed. */
const ASN1_TYPE *attribute_only_value(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *oid);

#endif
