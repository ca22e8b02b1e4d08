/* See digest_algorithm.h. */
#include "verify/authenticode/digest_algorithm.h"

#include "base/text.h"

#include <stdio.h>

static const DigestAlgorithm rows[] = {
    {"md5",    NID_md5,    IMAGE_HASH_MD5,    0, 16, DIGEST_BROKEN},
    {"sha1",   NID_sha1,   IMAGE_HASH_SHA1,   1, 20, DIGEST_OLD   },
    {"sha256", NID_sha256, IMAGE_HASH_SHA256, 2, 32, DIGEST_STRONG},
    {"sha384", NID_sha384, IMAGE_HASH_SHA384, 3, 48, DIGEST_STRONG},
    {"sha512", NID_sha512, IMAGE_HASH_SHA512, 4, 64, DIGEST_STRONG},
};

const DigestAlgorithm *digest_algorithm_by_nid(int nid)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].nid == nid)
            return &rows[i];
    return NULL;
}

const DigestAlgorithm *digest_algorithm_of(const X509_ALGOR *identifier)
{
    const ASN1_OBJECT *object = NULL;
    int parameters = V_ASN1_UNDEF;

    X509_ALGOR_get0(&object, &parameters, NULL, identifier);
    if (parameters != V_ASN1_UNDEF && parameters != V_ASN1_NULL)
        return NULL;
    return digest_algorithm_by_nid(OBJ_obj2nid(object));
}

const EVP_MD *digest_algorithm_md(const DigestAlgorithm *algorithm)
{
    return EVP_get_digestbynid(algorithm->nid);
}

const char *oid_text(const ASN1_OBJECT *object, char out[OID_TEXT_SIZE])
{
    const int nid = OBJ_obj2nid(object);

    if (nid != NID_undef)
        (void)snprintf(out, OID_TEXT_SIZE, "%s", OBJ_nid2ln(nid));
    else if (OBJ_obj2txt(out, OID_TEXT_SIZE, object, 1) <= 0)
        (void)snprintf(out, OID_TEXT_SIZE, "?");
    return out;
}

bool oid_is(const ASN1_OBJECT *object, const char *dotted)
{
    char text[OID_TEXT_SIZE];

    return OBJ_obj2txt(text, sizeof text, object, 1) > 0 && text_equal(text, dotted);
}
