/* See revocation.h. */
#include "verify/authenticode/revocation.h"

#include "base/clock.h"
#include "verify/authenticode/certificate.h"
#include "verify/authenticode/digest_algorithm.h"
#include "verify/authenticode/name.h"

#include <stdint.h>

DEFINE_CLEANUP(ISSUING_DIST_POINT *, ISSUING_DIST_POINT_free)
DEFINE_CLEANUP(ASN1_GENERALIZEDTIME *, ASN1_GENERALIZEDTIME_free)
DEFINE_CLEANUP(ASN1_ENUMERATED *, ASN1_ENUMERATED_free)

/* ---- a list by itself ---- */

static const char *scope_problem(const X509_CRL *crl)
{
    int found = 0;
    CLEANUP(ISSUING_DIST_POINT_free)
    ISSUING_DIST_POINT *scope =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &found, NULL);

    if (!scope)
        return found == -1 ? NULL : "has a scope that cannot be read";
    if (scope->indirectCRL > 0)
        return "is an indirect one (it speaks for other issuers), which is not supported";
    if (scope->onlysomereasons || scope->onlyattr > 0)
        return "covers only some reasons or only attribute certificates, which is not supported";
    return NULL;
}

const char *revocation_list_problem(const X509_CRL *crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
        const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

        if (nid == NID_delta_crl)
            return "is a delta, expected a whole one";
        if (X509_EXTENSION_get_critical(extension) && nid != NID_issuing_distribution_point)
            return "has a critical extension that is not supported";
    }
    if (!X509_CRL_get0_nextUpdate(crl))
        return "does not say when the next one is due";
    return scope_problem(crl);
}

/* ---- is it the right one, and in force? ---- */

static bool covers(const X509_CRL *crl, X509 *certificate)
{
    CLEANUP(ISSUING_DIST_POINT_free)
    ISSUING_DIST_POINT *scope =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    const bool is_ca = X509_check_ca(certificate) != 0;

    return !scope || (scope->onlyuser > 0 ? !is_ca : scope->onlyCA > 0 ? is_ca : true);
}

static bool is_by(X509_CRL *crl, X509 *issuer)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
           (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 && X509_get0_pubkey(issuer) &&
           X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

static bool has_strong_digest(const X509_CRL *crl, bool allow_old)
{
    const DigestAlgorithm *algorithm = NULL;
    int digest = NID_undef;

    if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, NULL) == 1)
        algorithm = digest_algorithm_by_nid(digest);
    return algorithm && algorithm->strength >= (allow_old ? DIGEST_OLD : DIGEST_STRONG);
}

static bool is_in_force(const X509_CRL *crl, int64_t now_ms)
{
    int64_t from_ms = 0;
    int64_t due_ms = 0;

    return certificate_time_ms(X509_CRL_get0_lastUpdate(crl), &from_ms) &&
           certificate_time_ms(X509_CRL_get0_nextUpdate(crl), &due_ms) && from_ms <= now_ms &&
           now_ms <= due_ms;
}

/* ---- an entry ---- */

/* The earlier of the two dates: an invalidity date says since when the key was in wrong hands. A
 * date that cannot be read counts from ever. */
static int64_t counts_from_ms(const X509_REVOKED *revoked)
{
    int found = 0;
    CLEANUP(ASN1_GENERALIZEDTIME_free)
    ASN1_GENERALIZEDTIME *invalidity =
        X509_REVOKED_get_ext_d2i(revoked, NID_invalidity_date, &found, NULL);
    int64_t revoked_ms = 0;
    int64_t invalid_ms = 0;

    if (!certificate_time_ms(X509_REVOKED_get0_revocationDate(revoked), &revoked_ms))
        return INT64_MIN;
    if (found == -1)
        return revoked_ms;
    if (!invalidity || !certificate_time_ms(invalidity, &invalid_ms))
        return INT64_MIN;
    return invalid_ms < revoked_ms ? invalid_ms : revoked_ms;
}

/* RFC 3161, section 4: what a TSA stamped before its revocation stands only if the list says that
 * the key was not lost, by one of these reasons. Whoever has the key can state any time he likes.
 */
static bool key_was_kept(const X509_REVOKED *revoked)
{
    CLEANUP(ASN1_ENUMERATED_free)
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);

    switch (reason ? ASN1_ENUMERATED_get(reason) : -1) {
    case CRL_REASON_UNSPECIFIED:
    case CRL_REASON_AFFILIATION_CHANGED:
    case CRL_REASON_SUPERSEDED:
    case CRL_REASON_CESSATION_OF_OPERATION:
        return true;
    default: /* also none, and what is not known */
        return false;
    }
}

/* Why the date of this revocation does not matter; NULL if it does. */
static const char *date_is_no_help(const X509_REVOKED *revoked, const TrustQuestion *question)
{
    if (!question->time_is_proven)
        return ", and no timestamp proves an earlier time";
    if (question->purpose == TRUST_TIME && !key_was_kept(revoked))
        return ", and nothing says that its key was kept safe until then";
    return NULL;
}

static bool check_entry(X509_CRL *crl, X509 *certificate, const TrustQuestion *question,
                        Finding *finding)
{
    X509_REVOKED *revoked = NULL;
    const char *no_help = NULL;
    char subject[AUTHENTICODE_NAME_SIZE];
    char since[CLOCK_ISO_SIZE] = "an unreadable date";
    int64_t from_ms = 0;

    if (X509_CRL_get0_by_cert(crl, &revoked, certificate) != 1) /* 2: taken off the list again */
        return true;
    from_ms = counts_from_ms(revoked);
    no_help = date_is_no_help(revoked, question);
    if (!no_help && question->at_ms < from_ms)
        return true;
    if (from_ms != INT64_MIN)
        (void)clock_format_iso(from_ms, since);
    return finding_set(finding, CODE_REVOKED, "the certificate of %.120s is revoked as of %s%s",
                       trust_name(certificate, subject), since, no_help ? no_help : "");
}

/* ---- the chain ---- */

/* Looks at every list in force: they may overlap. */
static bool check_certificate(const AuthenticodePolicy *policy, X509 *certificate, X509 *issuer,
                              const TrustQuestion *question, Finding *finding)
{
    const int64_t now_ms = policy_now_ms(policy);
    char subject[AUTHENTICODE_NAME_SIZE];
    bool out_of_date = false;
    bool looked = false;

    for (int i = 0; i < sk_X509_CRL_num(policy->crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(policy->crls, i);

        if (!is_by(crl, issuer) || !covers(crl, certificate) ||
            !has_strong_digest(crl, policy->allow_sha1))
            continue;
        if (!is_in_force(crl, now_ms)) {
            out_of_date = true;
            continue;
        }
        looked = true;
        if (!check_entry(crl, certificate, question, finding))
            return false;
    }
    ERR_clear_error();
    if (looked)
        return true;
    return finding_set(finding, CODE_REVOCATION_UNKNOWN, "%s of %.120s is %s",
                       out_of_date ? "the revocation list" : "no usable revocation list",
                       trust_name(issuer, subject), out_of_date ? "out of date" : "given");
}

bool revocation_check(const AuthenticodePolicy *policy, const STACK_OF(X509) * chain,
                      const TrustQuestion *question, Finding *finding)
{
    if (sk_X509_CRL_num(policy->crls) <= 0)
        return true;
    for (int i = 0; i + 1 < sk_X509_num(chain); i++)
        if (!check_certificate(policy, sk_X509_value(chain, i), sk_X509_value(chain, i + 1),
                               question, finding))
            return false;
    return true;
}
