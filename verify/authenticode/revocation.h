/* revocation: is a certificate of this chain on one of the revocation lists that we were given?
 *
 * No list is fetched. Where lists are given at all, every certificate below the anchor needs one
 * that is in force, of its own issuer: a list that is missing or out of date is a refusal
 * (CODE_REVOCATION_UNKNOWN), because a check that did not happen must not look like one that
 * passed.
 *
 * With a proven time a revocation counts from its date on: what was signed before it stands, unless
 * the list states that the key was in wrong hands by then (invalidityDate). Without one, every
 * revocation counts, and so does that of a timestamp authority whose key may be in wrong hands
 * (RFC 3161 section 4): it could state any time. Source: RFC 5280 sections 5 and 6.3. Only for
 * verify/authenticode. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_REVOCATION_H
#define GODEPLOY_VERIFY_AUTHENTICODE_REVOCATION_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/policy.h"
#include "verify/authenticode/trust.h"

/* Why this list cannot be used by itself (a delta, an indirect one, ...); NULL if it can. Static.
 */
const char *revocation_list_problem(const X509_CRL *crl);

/* `chain` is leaf first, anchor last; each is signed by the next. */
bool revocation_check(const AuthenticodePolicy *policy, const STACK_OF(X509) * chain,
                      const TrustQuestion *question, Finding *finding);

#endif
