/* digest_algorithm: the hash functions that a signature may name. Only for verify/authenticode:
 * OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_DIGEST_ALGORITHM_H
#define GODEPLOY_VERIFY_AUTHENTICODE_DIGEST_ALGORITHM_H

#include "verify/authenticode/pe_image.h"
#include "verify/openssl.h"

#include <stdbool.h>
#include <stddef.h>

/* How strong it has to be: an attacker can make two files with one MD5; with one SHA-1 at some
 * cost, which is why the policy decides about that. */
typedef enum DigestStrength { DIGEST_BROKEN, DIGEST_OLD, DIGEST_STRONG } DigestStrength;

typedef struct DigestAlgorithm {
    const char *name; /* "sha256" */
    int nid;
    ImageHash hash;
    size_t index; /* of the hash in PeImage.digests */
    size_t size;  /* bytes */
    DigestStrength strength;
} DigestAlgorithm;

enum { OID_TEXT_SIZE = 80 };

/* NULL if it is none of ours. Static. */
const DigestAlgorithm *digest_algorithm_by_nid(int nid);
/* The same; also NULL if it has parameters, which none of these takes. */
const DigestAlgorithm *digest_algorithm_of(const X509_ALGOR *identifier);

const EVP_MD *digest_algorithm_md(const DigestAlgorithm *algorithm); /* NULL: not to be had here */

/* "sha256", or "1.2.3.4" if OpenSSL knows no name. */
const char *oid_text(const ASN1_OBJECT *object, char out[OID_TEXT_SIZE]);
bool oid_is(const ASN1_OBJECT *object, const char *dotted);

#endif
