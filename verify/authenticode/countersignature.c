/* See countersignature.h. */
#include "verify/authenticode/countersignature.h"

#include "verify/authenticode/der_reader.h"
#include "verify/authenticode/signer_key.h"
#include "verify/authenticode/stated_time.h"

#define OID_DATA           "1.2.840.113549.1.7.1"
#define OID_CONTENT_TYPE   "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME   "1.2.840.113549.1.9.5"

bool countersignature_parse(const uint8_t *bytes, size_t length, PKCS7_SIGNER_INFO **out,
                            Finding *finding)
{
    CLEANUP(PKCS7_SIGNER_INFO_free) PKCS7_SIGNER_INFO *info = NULL;
    const unsigned char *end = bytes;
    DerReader reader = {bytes, length};
    DerElement whole;

    if (length > COUNTERSIGNATURE_SIZE_MOST)
        return finding_set(finding, CODE_TOO_MANY,
                           "the countersignature has %zu bytes, at most %d are looked at", length,
                           COUNTERSIGNATURE_SIZE_MOST);
    if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &whole))
        return finding_set(finding, CODE_MALFORMED, "the countersignature is no DER sequence");
    if (reader.left != 0)
        return finding_set(finding, CODE_TRAILING_DATA, "%zu bytes follow the countersignature",
                           reader.left);
    info = d2i_PKCS7_SIGNER_INFO(NULL, &end, (long)length);
    if (!info || end != bytes + length)
        return finding_set(finding, CODE_MALFORMED, "the countersignature is no SignerInfo");
    *out = TAKE(info);
    return true;
}

/* RFC 5652 wants none here, Microsoft writes "data": anything else was signed for another use. */
static bool check_content_type(const PKCS7_SIGNER_INFO *info, Finding *finding)
{
    const ASN1_TYPE *value = attribute_only_value(info->auth_attr, OID_CONTENT_TYPE);
    const ASN1_OBJECT *type = OBJ_nid2obj(NID_pkcs9_contentType);

    if (X509at_get_attr_by_OBJ(info->auth_attr, type, -1) < 0)
        return true;
    if (!value || ASN1_TYPE_get(value) != V_ASN1_OBJECT || !oid_is(value->value.object, OID_DATA))
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the countersignature is about another content type than data");
    return true;
}

static bool check_message_digest(const PKCS7_SIGNER_INFO *info, const TsaRules *rules,
                                 const DigestAlgorithm *digest, Finding *finding)
{
    const ASN1_TYPE *value = attribute_only_value(info->auth_attr, OID_MESSAGE_DIGEST);
    bool same = false;

    if (!value || ASN1_TYPE_get(value) != V_ASN1_OCTET_STRING)
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the countersignature does not hold exactly one message digest");
    if (!tsa_stamped_this(rules, digest, value->value.octet_string, &same, finding))
        return false;
    return same || finding_set(finding, CODE_IMPRINT_MISMATCH,
                               "the countersignature is over another signature than this one");
}

static bool find_certificate(const PKCS7_SIGNER_INFO *info, const TsaRules *rules,
                             const DigestAlgorithm *digest, TsaStatement *statement,
                             Finding *finding)
{
    const SignerKeyQuestion question = {info, digest, rules->claim->certificates};
    X509 *certificate = NULL;

    if (!signer_key_find(&question, &certificate, finding))
        return false;
    if (X509_up_ref(certificate) != 1)
        return finding_memory(finding);
    statement->certificate = certificate;
    statement->helpers = sk_X509_new_null();
    return tsa_add_helpers(rules, statement, finding);
}

static bool take_time(const PKCS7_SIGNER_INFO *info, TsaStatement *statement, Finding *finding)
{
    const ASN1_TYPE *value = attribute_only_value(info->auth_attr, OID_SIGNING_TIME);
    const int type = value ? ASN1_TYPE_get(value) : V_ASN1_UNDEF;

    if (type == V_ASN1_UTCTIME)
        return stated_time_ms(value->value.utctime, &statement->time_ms, finding);
    if (type == V_ASN1_GENERALIZEDTIME)
        return stated_time_ms(value->value.generalizedtime, &statement->time_ms, finding);
    return finding_set(finding, CODE_ATTRIBUTES,
                       "the countersignature does not sign exactly one time");
}

bool countersignature_check(const PKCS7_SIGNER_INFO *info, const TsaRules *rules, TsaStatement *out,
                            Finding *finding)
{
    CLEANUP_TSA_STATEMENT TsaStatement statement = {.source = TIME_COUNTERSIGNATURE};
    const DigestAlgorithm *digest = tsa_digest(rules, info->digest_alg, finding);

    if (!digest)
        return false;
    if (sk_X509_ATTRIBUTE_num(info->auth_attr) <= 0)
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the countersignature has no signed attributes");
    if (!check_content_type(info, finding) || !check_message_digest(info, rules, digest, finding) ||
        !find_certificate(info, rules, digest, &statement, finding) ||
        !take_time(info, &statement, finding))
        return false;
    *out = statement;
    statement = (TsaStatement){0};
    return true;
}
