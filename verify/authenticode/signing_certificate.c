/* See signing_certificate.h. */
#include "verify/authenticode/signing_certificate.h"

#include "verify/authenticode/der_reader.h"
#include "verify/authenticode/digest_algorithm.h"

#include <limits.h>

/* CMS_signed_get0_data_by_OBJ(): the attribute is there once, and has one value. */
enum { ONLY_ONE = -3 };

/* SEQUENCE { SEQUENCE OF ESSCertID, ... }: what stands inside the first ESSCertID. */
static bool first_id(const ASN1_STRING *value, DerReader *out)
{
    DerReader reader = {ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
    DerElement element;

    for (int depth = 0; depth < 3; depth++) {
        if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &element))
            return false;
        reader = der_inside(&element);
    }
    *out = reader;
    return true;
}

/* hashAlgorithm AlgorithmIdentifier DEFAULT sha256, of the second form alone. */
static const DigestAlgorithm *read_algorithm(DerReader *id)
{
    CLEANUP(X509_ALGOR_free) X509_ALGOR *identifier = NULL;
    const unsigned char *at = NULL;
    DerElement element;

    if (!der_read_tag(id, DER_TAG_SEQUENCE, &element))
        return digest_algorithm_by_nid(NID_sha256);
    at = element.whole;
    identifier = d2i_X509_ALGOR(NULL, &at, (long)element.whole_length);
    return identifier ? digest_algorithm_of(identifier) : NULL;
}

/* Against the digest that the id itself is made with. */
static bool names(const ASN1_STRING *value, bool second_form, const X509 *certificate)
{
    const DigestAlgorithm *algorithm = digest_algorithm_by_nid(NID_sha1);
    uint8_t actual[EVP_MAX_MD_SIZE];
    DerElement hash;
    DerReader id;

    if (!first_id(value, &id))
        return false;
    if (second_form)
        algorithm = read_algorithm(&id);
    return algorithm && algorithm->strength != DIGEST_BROKEN &&
           der_read_tag(&id, DER_TAG_OCTET_STRING, &hash) &&
           hash.content_length == algorithm->size &&
           X509_digest(certificate, digest_algorithm_md(algorithm), actual, NULL) == 1 &&
           CRYPTO_memcmp(hash.content, actual, algorithm->size) == 0;
}

bool signing_certificate_check(const CMS_SignerInfo *signer, const X509 *certificate,
                               Finding *finding)
{
    static const int forms[] = {NID_id_smime_aa_signingCertificate,
                                NID_id_smime_aa_signingCertificateV2};
    bool present = false;

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const ASN1_OBJECT *oid = OBJ_nid2obj(forms[i]);
        const ASN1_STRING *value = NULL;

        if (CMS_signed_get_attr_by_OBJ(signer, oid, -1) < 0)
            continue;
        present = true;
        value = CMS_signed_get0_data_by_OBJ(signer, oid, ONLY_ONE, V_ASN1_SEQUENCE);
        if (!value || !names(value, forms[i] == NID_id_smime_aa_signingCertificateV2, certificate))
            return finding_set(finding, CODE_SIGNING_CERTIFICATE,
                               "the timestamp names another certificate than the one it is signed "
                               "with");
    }
    return present || finding_set(finding, CODE_SIGNING_CERTIFICATE,
                                  "the timestamp does not name the certificate it is signed with");
}
