/* See tsa.h. */
#include "verify/authenticode/tsa.h"

#include "base/clock.h"
#include "verify/authenticode/certificate.h"
#include "verify/authenticode/policy.h"
#include "verify/authenticode/trust.h"

void tsa_statement_free(TsaStatement *statement)
{
    X509_free(statement->certificate);
    sk_X509_pop_free(statement->helpers, X509_free);
    *statement = (TsaStatement){0};
}

bool tsa_add_helpers(const TsaRules *rules, TsaStatement *statement, Finding *finding)
{
    const STACK_OF(X509) *more = rules->claim->certificates;

    if (!statement->helpers)
        return finding_memory(finding);
    for (int i = 0; i < sk_X509_num(more); i++)
        if (X509_add_cert(statement->helpers, sk_X509_value(more, i),
                          X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) != 1)
            return finding_memory(finding);
    return true;
}

/* ---- digests ---- */

const DigestAlgorithm *tsa_digest(const TsaRules *rules, const X509_ALGOR *identifier,
                                  Finding *finding)
{
    const DigestAlgorithm *digest = digest_algorithm_of(identifier);
    const ASN1_OBJECT *object = NULL;
    char name[OID_TEXT_SIZE];

    X509_ALGOR_get0(&object, NULL, NULL, identifier);
    if (!digest) {
        (void)finding_set(finding, CODE_DIGEST_UNKNOWN, "the timestamp uses %.80s as its digest",
                          oid_text(object, name));
        return NULL;
    }
    if (digest->strength == DIGEST_STRONG ||
        (digest->strength == DIGEST_OLD && rules->policy->allow_sha1))
        return digest;
    (void)finding_set(finding, CODE_WEAK_DIGEST, "the timestamp rests on %s, which can be forged",
                      digest->name);
    return NULL;
}

bool tsa_stamped_this(const TsaRules *rules, const DigestAlgorithm *digest,
                      const ASN1_OCTET_STRING *claimed, bool *same, Finding *finding)
{
    const ASN1_OCTET_STRING *stamped = rules->claim->signer->enc_digest;
    const EVP_MD *md = digest_algorithm_md(digest);
    uint8_t actual[EVP_MAX_MD_SIZE];

    if (!md || EVP_Digest(ASN1_STRING_get0_data(stamped), (size_t)ASN1_STRING_length(stamped),
                          actual, NULL, md, NULL) != 1)
        return finding_crypto(finding, "a digest is not available");
    *same = (size_t)ASN1_STRING_length(claimed) == digest->size &&
            CRYPTO_memcmp(ASN1_STRING_get0_data(claimed), actual, digest->size) == 0;
    return true;
}

/* ---- the time ---- */

static bool check_not_in_future(const TsaRules *rules, int64_t time_ms, Finding *finding)
{
    const int64_t now_ms = policy_now_ms(rules->policy);
    char stated[CLOCK_ISO_SIZE];
    char now[CLOCK_ISO_SIZE];

    if (time_ms <= now_ms + TSA_SKEW_MS)
        return true;
    return finding_set(finding, CODE_TIME_IN_FUTURE,
                       "the timestamp says %s, which is still to come: it is judged as of %s",
                       clock_format_iso(time_ms, stated), clock_format_iso(now_ms, now));
}

static bool check_within_signer(const TsaRules *rules, int64_t time_ms, Finding *finding)
{
    const X509 *signer = rules->claim->signer_certificate;
    int64_t from_ms = 0;
    int64_t until_ms = 0;
    char stated[CLOCK_ISO_SIZE];
    char bound[CLOCK_ISO_SIZE];

    if (!certificate_time_ms(X509_get0_notBefore(signer), &from_ms) ||
        !certificate_time_ms(X509_get0_notAfter(signer), &until_ms))
        return finding_set(finding, CODE_TIME_OUTSIDE,
                           "the signer's certificate does not say when it is valid");
    if (time_ms < from_ms)
        return finding_set(finding, CODE_TIME_OUTSIDE,
                           "the timestamp says %s, but the signer's certificate begins at %s",
                           clock_format_iso(time_ms, stated), clock_format_iso(from_ms, bound));
    if (time_ms > until_ms)
        return finding_set(finding, CODE_TIME_OUTSIDE,
                           "the timestamp says %s, but the signer's certificate ended at %s",
                           clock_format_iso(time_ms, stated), clock_format_iso(until_ms, bound));
    return true;
}

/* ---- the authority ---- */

/* By its key: a second certificate for the same key is no second witness. */
static bool check_not_signer(const TsaRules *rules, const X509 *tsa, Finding *finding)
{
    const EVP_PKEY *key = X509_get0_pubkey(tsa);
    const EVP_PKEY *signer_key = X509_get0_pubkey(rules->claim->signer_certificate);

    if (key && signer_key && EVP_PKEY_eq(key, signer_key) == 1)
        return finding_set(finding, CODE_TSA_IS_SIGNER,
                           "the signer has stamped his own signature, which proves nothing");
    ERR_clear_error(); /* of keys that cannot be compared */
    return true;
}

/* RFC 3161, 2.3: the key is for timestamps and for nothing else. That the extension be critical, as
 * it demands too, tells others not to overlook it; we do not, and Microsoft's own authority left
 * the mark out until 2023. */
static bool check_only_for_time(const X509 *tsa, Finding *finding)
{
    CLEANUP(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(tsa, NID_ext_key_usage, NULL, NULL);

    if (!usage || sk_ASN1_OBJECT_num(usage) != 1 ||
        OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) != NID_time_stamp)
        return finding_set(finding, CODE_TSA_EKU,
                           "the certificate of the timestamp is not for timestamps alone (extended "
                           "key usage)");
    return true;
}

static bool check_trust(const TsaRules *rules, const TsaStatement *statement, Finding *finding)
{
    const TrustQuestion question = {
        .leaf = statement->certificate,
        .helpers = statement->helpers,
        .purpose = TRUST_TIME,
        .at_ms = statement->time_ms,
        .time_is_proven = true,
    };
    TrustAnswer answer = {0};
    Error err = {0};

    if (!trust_check(rules->policy, &question, &answer, &err))
        return err.code == ERR_MEMORY ? finding_memory(finding)
                                      : finding_crypto(finding, err.message);
    if (answer.trusted)
        return true;
    return finding_set(finding, CODE_TSA_UNTRUSTED, "the timestamp's authority: %.260s",
                       answer.reason);
}

/* Only one who is believed can testify that a signature was made outside the signer's time. */
bool tsa_check(const TsaRules *rules, const TsaStatement *statement, Finding *finding)
{
    return check_not_in_future(rules, statement->time_ms, finding) &&
           check_not_signer(rules, statement->certificate, finding) &&
           (statement->source != TIME_RFC3161 ||
            check_only_for_time(statement->certificate, finding)) &&
           check_trust(rules, statement, finding) &&
           check_within_signer(rules, statement->time_ms, finding);
}
