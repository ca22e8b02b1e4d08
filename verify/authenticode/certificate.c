/* See certificate.h. */
#include "verify/authenticode/certificate.h"

#include "verify/authenticode/digest_algorithm.h"

#include <string.h>

#define OID_LIFETIME_SIGNING "1.3.6.1.4.1.311.10.3.13"

/* ---- key and digest ---- */

static bool curve_is_named(const X509 *certificate)
{
    X509_ALGOR *algorithm = NULL;
    int parameters = V_ASN1_UNDEF;

    if (X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY(certificate)) !=
        1)
        return false;
    X509_ALGOR_get0(NULL, &parameters, NULL, algorithm);
    return parameters == V_ASN1_OBJECT;
}

static bool check_curve(const X509 *certificate, const EVP_PKEY *key, Finding *finding)
{
    static const int curves[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
    char subject[AUTHENTICODE_NAME_SIZE];
    char group[OID_TEXT_SIZE] = "";

    if (!curve_is_named(certificate))
        return finding_set(finding, CODE_EC_PARAMETERS,
                           "the curve of %.120s is spelt out, expected a curve by name",
                           trust_name(certificate, subject));
    if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1)
        for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
            if (OBJ_txt2nid(group) == curves[i])
                return true;
    return finding_set(finding, CODE_KEY_KIND,
                       "the key of %.120s is on the curve %.40s, expected P-256, P-384 or P-521",
                       trust_name(certificate, subject), group);
}

bool certificate_check_key(X509 *certificate, bool allow_old, Finding *finding)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    const int least = allow_old ? RSA_BITS_LEAST_OLD : RSA_BITS_LEAST;
    const int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    char subject[AUTHENTICODE_NAME_SIZE];

    if (kind == EVP_PKEY_EC)
        return check_curve(certificate, key, finding);
    if (kind != EVP_PKEY_RSA)
        return finding_set(finding, CODE_KEY_KIND,
                           "the key of %.120s is neither RSA nor ECDSA, or cannot be read",
                           trust_name(certificate, subject));
    if (EVP_PKEY_get_bits(key) < least)
        return finding_set(finding, CODE_WEAK_KEY,
                           "the RSA key of %.120s has %d bits, expected at least %d",
                           trust_name(certificate, subject), EVP_PKEY_get_bits(key), least);
    return true;
}

/* PSS names its digest in its parameters: X509_get_signature_info() knows both ways. */
bool certificate_check_digest(X509 *certificate, bool allow_old, Finding *finding)
{
    const DigestAlgorithm *algorithm = NULL;
    char subject[AUTHENTICODE_NAME_SIZE];
    char name[OID_TEXT_SIZE];
    int digest = NID_undef;

    if (X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 1)
        algorithm = digest_algorithm_by_nid(digest);
    if (algorithm && algorithm->strength >= (allow_old ? DIGEST_OLD : DIGEST_STRONG))
        return true;
    return finding_set(finding, CODE_WEAK_CHAIN, "the certificate of %.120s is signed with %.80s",
                       trust_name(certificate, subject),
                       oid_text(OBJ_nid2obj(X509_get_signature_nid(certificate)), name));
}

/* ---- what it may be used for ---- */

static int purpose_nid(TrustPurpose purpose)
{
    return purpose == TRUST_CODE ? NID_code_sign : NID_time_stamp;
}

static const char *purpose_words(TrustPurpose purpose)
{
    return purpose == TRUST_CODE ? "code signing" : "timestamping";
}

static bool names_use(const EXTENDED_KEY_USAGE *uses, int nid)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++)
        if (OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, i)) == nid)
            return true;
    return false;
}

bool certificate_check_leaf(X509 *certificate, TrustPurpose purpose, Finding *finding)
{
    CLEANUP(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    char subject[AUTHENTICODE_NAME_SIZE];

    if (!names_use(uses, purpose_nid(purpose)))
        return finding_set(finding, CODE_EKU_LEAF, "the certificate of %.120s is not for %s",
                           trust_name(certificate, subject), purpose_words(purpose));
    /* UINT32_MAX where it has no key usage at all, which forbids nothing. */
    if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
        return finding_set(finding, CODE_KEY_USAGE,
                           "the key usage of %.120s has no digitalSignature",
                           trust_name(certificate, subject));
    return true;
}

bool certificate_check_issuer(X509 *certificate, TrustPurpose purpose, Finding *finding)
{
    CLEANUP(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *uses = NULL;
    char subject[AUTHENTICODE_NAME_SIZE];
    int found = 0;

    uses = X509_get_ext_d2i(certificate, NID_ext_key_usage, &found, NULL);
    if (found == -1) /* it has none: not limited */
        return true;
    if (!names_use(uses, purpose_nid(purpose)))
        return finding_set(finding, CODE_EKU_ISSUER,
                           "the authority %.120s may not issue certificates for %s",
                           trust_name(certificate, subject), purpose_words(purpose));
    return true;
}

bool certificate_is_for_lifetime(const X509 *certificate)
{
    CLEANUP(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);

    for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++)
        if (oid_is(sk_ASN1_OBJECT_value(uses, i), OID_LIFETIME_SIGNING))
            return true;
    return false;
}

/* ---- time ---- */

bool certificate_time_ms(const ASN1_TIME *time, int64_t *out)
{
    CLEANUP(ASN1_TIME_free) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;

    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        return false;
    *out = ((int64_t)days * 86400 + seconds) * 1000;
    return true;
}
