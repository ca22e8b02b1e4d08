/* tsa: may this authority say that a signature was made at this time? Only for
 * verify/authenticode. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_TSA_H
#define GODEPLOY_VERIFY_AUTHENTICODE_TSA_H

#include "verify/authenticode/digest_algorithm.h"
#include "verify/authenticode/finding.h"
#include "verify/authenticode/timestamp.h"

/* A TSA's clock and ours may differ by so much. */
enum { TSA_SKEW_MS = 5 * 60 * 1000 };

/* What both kinds of timestamp are judged by. */
typedef struct TsaRules {
    const AuthenticodePolicy *policy;
    const TimestampClaim *claim;
} TsaRules;

typedef struct TsaStatement {
    X509 *certificate;        /* of the TSA; owned */
    STACK_OF(X509) * helpers; /* may be needed to build its chain; owned, with a reference each */
    int64_t time_ms;
    TimeSource source;
} TsaStatement;

void tsa_statement_free(TsaStatement *statement); /* its parts, not the struct */
#define CLEANUP_TSA_STATEMENT __attribute__((cleanup(tsa_statement_free)))

/* Adds the certificates that came with the signature to statement->helpers, which may be NULL for
 * want of memory. */
bool tsa_add_helpers(const TsaRules *rules, TsaStatement *statement, Finding *finding);

/* The time is possible, the TSA is not the signer, its certificate is for timestamps, and its chain
 * was valid at that time. */
bool tsa_check(const TsaRules *rules, const TsaStatement *statement, Finding *finding);

/* NULL, and why in the finding, if the policy does not believe in this digest. */
const DigestAlgorithm *tsa_digest(const TsaRules *rules, const X509_ALGOR *identifier,
                                  Finding *finding);

/* Is `claimed` the digest of the signature that is stamped, in its full length? */
bool tsa_stamped_this(const TsaRules *rules, const DigestAlgorithm *digest,
                      const ASN1_OCTET_STRING *claimed, bool *same, Finding *finding);

#endif
