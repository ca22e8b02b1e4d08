/* signer_info: does the signature hold: the key of the certificate over the signed attributes, they
 * over the content? Says nothing about whose key that is. Only for verify/authenticode.
 *
 * Source: RFC 2315 section 9, RFC 5652 sections 5.4 and 11; RFC 8017 (PKCS #1 v1.5). */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SIGNER_INFO_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SIGNER_INFO_H

#include "verify/authenticode/signed_data.h"

/* *certificate is the one of the message whose key made the signature; borrowed from it. */
bool signer_info_check(const SignedData *signed_data, X509 **certificate, Finding *finding);

#endif
