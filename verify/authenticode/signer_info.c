/* See signer_info.h. */
#include "verify/authenticode/signer_info.h"

#include "verify/authenticode/der_reader.h"

#include <string.h>

#define OID_CONTENT_TYPE      "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST    "1.2.840.113549.1.9.4"
#define OID_SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* ---- the signed attributes ---- */

/* The one value of the one attribute of this type: twice the same attribute is two answers to one
 * question. */
static const ASN1_TYPE *only_value(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *oid)
{
    const ASN1_TYPE *found = NULL;

    for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);

        if (!oid_is(X509_ATTRIBUTE_get0_object(attribute), oid))
            continue;
        if (found || X509_ATTRIBUTE_count(attribute) != 1)
            return NULL;
        found = X509_ATTRIBUTE_get0_type(attribute, 0);
    }
    return found;
}

static bool check_content_type(const STACK_OF(X509_ATTRIBUTE) * attributes, Finding *finding)
{
    const ASN1_TYPE *value = only_value(attributes, OID_CONTENT_TYPE);

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
    const ASN1_TYPE *value = only_value(signed_data->signer->auth_attr, OID_MESSAGE_DIGEST);
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

/* ---- the algorithm ---- */

/* "rsaEncryption", or "sha256WithRSAEncryption" where the digest is the signer's; for EC likewise.
 * PSS is none of Authenticode's. */
static bool algorithm_fits(const SignedData *signed_data, int key_kind)
{
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    int key = NID_undef;
    int nid = NID_undef;

    X509_ALGOR_get0(&object, NULL, NULL, signed_data->signer->digest_enc_alg);
    nid = OBJ_obj2nid(object);
    if (nid == NID_rsaEncryption || nid == NID_X9_62_id_ecPublicKey)
        return nid == key_kind;
    if (OBJ_find_sigid_algs(nid, &digest, &key) != 1)
        return false;
    return key == key_kind && digest == signed_data->digest->nid;
}

static bool refuse_algorithm(const SignedData *signed_data, Finding *finding)
{
    const ASN1_OBJECT *object = NULL;
    char name[OID_TEXT_SIZE];

    X509_ALGOR_get0(&object, NULL, NULL, signed_data->signer->digest_enc_alg);
    return finding_set(finding, CODE_SIGNATURE_ALGORITHM,
                       "the signature algorithm %.80s with %s is not one of RSA (PKCS #1 v1.5) and "
                       "ECDSA, or does not fit the certificate's key",
                       oid_text(object, name), signed_data->digest_name);
}

/* ---- the signature ---- */

/* 1: holds; 0: does not; -1: cannot be tried with this key. */
static int try_key(const SignedData *signed_data, EVP_PKEY *key)
{
    CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    const ASN1_OCTET_STRING *value = signed_data->signer->enc_digest;
    CLEANUP(OPENSSL_free) unsigned char *attributes = NULL;
    int length = 0;

    if (!key || !algorithm_fits(signed_data, EVP_PKEY_get_base_id(key)))
        return -1;
    /* In the message they are [0]; what was signed is the same bytes as a SET. */
    length = ASN1_item_i2d((const ASN1_VALUE *)signed_data->signer->auth_attr, &attributes,
                           ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    if (!context || length <= 0 ||
        EVP_DigestVerifyInit(context, NULL, digest_algorithm_md(signed_data->digest), NULL, key) !=
            1)
        return -1;
    return EVP_DigestVerify(context, ASN1_STRING_get0_data(value),
                            (size_t)ASN1_STRING_length(value), attributes, (size_t)length) == 1;
}

static bool is_named(const SignedData *signed_data, const X509 *certificate)
{
    const PKCS7_ISSUER_AND_SERIAL *name = signed_data->signer->issuer_and_serial;

    return X509_NAME_cmp(name->issuer, X509_get_issuer_name(certificate)) == 0 &&
           ASN1_INTEGER_cmp(name->serial, X509_get0_serialNumber(certificate)) == 0;
}

/* Several certificates may bear the name: the set is not signed, anybody can add to it. */
static bool find_signer(const SignedData *signed_data, X509 **certificate, Finding *finding)
{
    bool named = false;
    bool tried = false;

    for (int i = 0; i < sk_X509_num(signed_data->certificates); i++) {
        X509 *candidate = sk_X509_value(signed_data->certificates, i);
        int result = -1;

        if (!is_named(signed_data, candidate))
            continue;
        named = true;
        result = try_key(signed_data, X509_get0_pubkey(candidate));
        tried = tried || result >= 0;
        if (result == 1) {
            *certificate = candidate;
            return true;
        }
    }
    if (!named)
        return finding_set(finding, CODE_CERTIFICATE_MISSING,
                           "the signer's certificate is not in the signature");
    if (!tried)
        return refuse_algorithm(signed_data, finding);
    return finding_set(finding, CODE_SIGNATURE_WRONG,
                       "the signer's key did not make this signature");
}

bool signer_info_check(const SignedData *signed_data, X509 **certificate, Finding *finding)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = signed_data->signer->auth_attr;

    if (sk_X509_ATTRIBUTE_num(attributes) <= 0)
        return finding_set(finding, CODE_ATTRIBUTES, "the signature has no signed attributes");
    if (!check_content_type(attributes, finding) || !check_message_digest(signed_data, finding) ||
        !find_signer(signed_data, certificate, finding))
        return false;
    ERR_clear_error(); /* of keys that were tried in vain */
    return true;
}
