/* See signer_info.h. */
#include "verify/authenticode/signer_info.h"

#include "verify/authenticode/der_reader.h"
#include "verify/authenticode/signer_key.h"

#include <string.h>

#define OID_CONTENT_TYPE      "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST    "1.2.840.113549.1.9.4"
#define OID_SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* ---- the signed attributes ---- */

static bool check_content_type(const STACK_OF(X509_ATTRIBUTE) * attributes, Finding *finding)
{
    const ASN1_TYPE *value = attribute_only_value(attributes, OID_CONTENT_TYPE);

    if (!value || ASN1_TYPE_get(value) != V_ASN1_OBJECT)
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the signed attributes do not hold exactly one content type");
    if (!oid_is(value->value.object, OID_SPC_INDIRECT_DATA))
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the signed attributes are about another content type");
    return true;
}

/* The digest is over the content of the SEQUENCE, without its tag and length: Authenticode content
 * is no OCTET STRING, and PKCS #7 hashes "the contents octets". */
static bool hash_content(const SignedData *signed_data, uint8_t *out, Finding *finding)
{
    DerReader reader = {signed_data->content, signed_data->content_length};
    const EVP_MD *md = digest_algorithm_md(signed_data->digest);
    DerElement content;

    if (!der_read(&reader, &content))
        return finding_set(finding, CODE_INDIRECT_DATA, "what is signed is no DER sequence");
    if (!md || EVP_Digest(content.content, content.content_length, out, NULL, md, NULL) != 1)
        return finding_crypto(finding, "a digest is not available");
    return true;
}

static bool check_message_digest(const SignedData *signed_data, Finding *finding)
{
    const ASN1_TYPE *value =
        attribute_only_value(signed_data->signer->auth_attr, OID_MESSAGE_DIGEST);
    const ASN1_OCTET_STRING *promised = NULL;
    uint8_t actual[EVP_MAX_MD_SIZE];

    if (!value || ASN1_TYPE_get(value) != V_ASN1_OCTET_STRING)
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the signed attributes do not hold exactly one message digest");
    promised = value->value.octet_string;
    if (!hash_content(signed_data, actual, finding))
        return false;
    if ((size_t)ASN1_STRING_length(promised) != signed_data->digest->size ||
        CRYPTO_memcmp(ASN1_STRING_get0_data(promised), actual, signed_data->digest->size) != 0)
        return finding_set(finding, CODE_MESSAGE_DIGEST,
                           "what is signed was changed: its %s is not the one that the signed "
                           "attributes state",
                           signed_data->digest->name);
    return true;
}

bool signer_info_check(const SignedData *signed_data, X509 **certificate, Finding *finding)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = signed_data->signer->auth_attr;
    const SignerKeyQuestion whose_key = {signed_data->signer, signed_data->digest,
                                         signed_data->certificates};

    if (sk_X509_ATTRIBUTE_num(attributes) <= 0)
        return finding_set(finding, CODE_ATTRIBUTES, "the signature has no signed attributes");
    return check_content_type(attributes, finding) && check_message_digest(signed_data, finding) &&
           signer_key_find(&whose_key, certificate, finding);
}
