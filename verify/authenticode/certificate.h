/* certificate: what one certificate may be used for, and how strong it is. Only for
 * verify/authenticode: OpenSSL's types are seen. Source: RFC 5280 sections 4.1.2.7, 4.2.1.3,
 * 4.2.1.12. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_CERTIFICATE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_CERTIFICATE_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/trust.h"
#include "verify/openssl.h"

#include <stdint.h>

enum { RSA_BITS_LEAST = 2048, RSA_BITS_LEAST_OLD = 1024 };

/* RSA of 2048 bits or more (1024 where old code is allowed), or ECDSA over P-256, P-384 or P-521
 * given by name: a curve spelt out can be one whose private key anybody knows (CVE-2020-0601). */
bool certificate_check_key(X509 *certificate, bool allow_old, Finding *finding);

/* The digest that its issuer signed it with. */
bool certificate_check_digest(X509 *certificate, bool allow_old, Finding *finding);

/* The leaf has to be meant for this; an issuer must not be meant for something else only. */
bool certificate_check_leaf(X509 *certificate, TrustPurpose purpose, Finding *finding);
bool certificate_check_issuer(X509 *certificate, TrustPurpose purpose, Finding *finding);

/* Its signatures end with it, whatever a timestamp says: 1.3.6.1.4.1.311.10.3.13. */
bool certificate_is_for_lifetime(const X509 *certificate);

/* ms since 1970; false if it is no time. */
bool certificate_time_ms(const ASN1_TIME *time, int64_t *out);

#endif
