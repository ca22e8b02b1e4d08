/* countersignature: the older timestamp: a SignerInfo of a TSA over the signature's value, with the
 * time among its signed attributes. Nothing in it is believed yet. Only for verify/authenticode:
 * OpenSSL's types are seen. Source: RFC 2985 (PKCS #9), 5.3.6; RFC 5652, 11.4. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_COUNTERSIGNATURE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_COUNTERSIGNATURE_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/tsa.h"
#include "verify/openssl.h"

#include <stddef.h>
#include <stdint.h>

enum { COUNTERSIGNATURE_SIZE_MOST = 64 * 1024 }; /* real ones have 1 KiB */

/* The caller frees *out with PKCS7_SIGNER_INFO_free(). */
bool countersignature_parse(const uint8_t *bytes, size_t length, PKCS7_SIGNER_INFO **out,
                            Finding *finding);

/* Is it about this signature, and whole? Its certificate comes from the message around both. */
bool countersignature_check(const PKCS7_SIGNER_INFO *info, const TsaRules *rules, TsaStatement *out,
                            Finding *finding);

#endif
