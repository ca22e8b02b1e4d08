/* See signer_key.h. */
#include "verify/authenticode/signer_key.h"

const ASN1_TYPE *attribute_only_value(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *oid)
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

/* ---- the algorithm ---- */

/* "rsaEncryption", or "sha256WithRSAEncryption" where the digest is the signer's; for EC likewise.
 * PSS is none of Authenticode's. */
static bool algorithm_fits(const SignerKeyQuestion *question, int key_kind)
{
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    int key = NID_undef;
    int nid = NID_undef;

    X509_ALGOR_get0(&object, NULL, NULL, question->signer->digest_enc_alg);
    nid = OBJ_obj2nid(object);
    if (nid == NID_rsaEncryption || nid == NID_X9_62_id_ecPublicKey)
        return nid == key_kind;
    if (OBJ_find_sigid_algs(nid, &digest, &key) != 1)
        return false;
    return key == key_kind && digest == question->digest->nid;
}

static bool refuse_algorithm(const SignerKeyQuestion *question, Finding *finding)
{
    const ASN1_OBJECT *object = NULL;
    char name[OID_TEXT_SIZE];

    X509_ALGOR_get0(&object, NULL, NULL, question->signer->digest_enc_alg);
    return finding_set(finding, CODE_SIGNATURE_ALGORITHM,
                       "the signature algorithm %.80s with %s is not one of RSA (PKCS #1 v1.5) and "
                       "ECDSA, or does not fit the certificate's key",
                       oid_text(object, name), question->digest->name);
}

/* ---- the signature ---- */

/* 1: holds; 0: does not; -1: cannot be tried with this key. */
static int try_key(const SignerKeyQuestion *question, EVP_PKEY *key)
{
    CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    const ASN1_OCTET_STRING *value = question->signer->enc_digest;
    CLEANUP(OPENSSL_free) unsigned char *attributes = NULL;
    int length = 0;

    if (!key || !algorithm_fits(question, EVP_PKEY_get_base_id(key)))
        return -1;
    /* In the message they are [0]; what was signed is the same bytes as a SET. */
    length = ASN1_item_i2d((const ASN1_VALUE *)question->signer->auth_attr, &attributes,
                           ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    if (!context || length <= 0 ||
        EVP_DigestVerifyInit(context, NULL, digest_algorithm_md(question->digest), NULL, key) != 1)
        return -1;
    return EVP_DigestVerify(context, ASN1_STRING_get0_data(value),
                            (size_t)ASN1_STRING_length(value), attributes, (size_t)length) == 1;
}

static bool is_named(const PKCS7_ISSUER_AND_SERIAL *name, const X509 *certificate)
{
    return X509_NAME_cmp(name->issuer, X509_get_issuer_name(certificate)) == 0 &&
           ASN1_INTEGER_cmp(name->serial, X509_get0_serialNumber(certificate)) == 0;
}

/* Several certificates may bear the name: the set is not signed, anybody can add to it. */
bool signer_key_find(const SignerKeyQuestion *question, X509 **certificate, Finding *finding)
{
    bool named = false;
    bool tried = false;

    for (int i = 0; i < sk_X509_num(question->certificates); i++) {
        X509 *candidate = sk_X509_value(question->certificates, i);
        int result = -1;

        if (!is_named(question->signer->issuer_and_serial, candidate))
            continue;
        named = true;
        result = try_key(question, X509_get0_pubkey(candidate));
        tried = tried || result >= 0;
        if (result == 1) {
            *certificate = candidate;
            ERR_clear_error(); /* of keys that were tried in vain */
            return true;
        }
    }
    if (!named)
        return finding_set(finding, CODE_CERTIFICATE_MISSING,
                           "the signer's certificate is not in the signature");
    if (!tried)
        return refuse_algorithm(question, finding);
    return finding_set(finding, CODE_SIGNATURE_WRONG,
                       "the signer's key did not make this signature");
}
