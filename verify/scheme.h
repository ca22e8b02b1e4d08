/* scheme: how an RSA signature is padded. The settings say which; a signature file never does.
 *
 * Source: RFC 8017, 8.1 (PSS) and 8.2 (PKCS#1 v1.5); the hash is SHA-256 in both. */
#ifndef GODEPLOY_VERIFY_SCHEME_H
#define GODEPLOY_VERIFY_SCHEME_H

#include "base/error.h"

typedef enum SignatureScheme {
    SCHEME_PKCS1_SHA256,
    SCHEME_PSS_SHA256, /* salt as long as the digest, MGF1 with SHA-256 */
} SignatureScheme;

/* "pkcs1-sha256" or "pss-sha256"; else ERR_SETTINGS that names both. */
bool scheme_parse(const char *name, SignatureScheme *out, Error *err);
const char *scheme_name(SignatureScheme scheme); /* static */

#endif
