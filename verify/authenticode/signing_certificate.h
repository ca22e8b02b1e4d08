/* signing_certificate: the attribute by which a TSA names its certificate, so that nobody puts
 * another one for the same key in its place (ESSCertID, ESSCertIDv2). Only for verify/authenticode.
 * Source: RFC 2634, 5.4; RFC 5035; RFC 5816. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SIGNING_CERTIFICATE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SIGNING_CERTIFICATE_H

#include "verify/authenticode/finding.h"
#include "verify/openssl.h"

/* The signed attribute is there, in one form or both, and the first certificate that it names is
 * this one. Those named after it are not looked at: they can only narrow what trust.h decides.
 * ESSCertID is by SHA-1: nobody can make a second certificate with the digest of a given one. */
bool signing_certificate_check(const CMS_SignerInfo *signer, const X509 *certificate,
                               Finding *finding);

#endif
