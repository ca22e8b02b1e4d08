/* key: one RSA public key, from a PEM file ("BEGIN PUBLIC KEY"), fit to be trusted.
 *
 * Refused with plain words about what was found instead: private keys, certificates, EC keys,
 * PKCS#1 files, several blocks, text that is no PEM; keys under 2048 or over 16384 bits, an
 * exponent that is even or below 3, a modulus that cannot be one. */
#ifndef GODEPLOY_VERIFY_KEY_H
#define GODEPLOY_VERIFY_KEY_H

#include "base/cleanup.h"
#include "base/error.h"
#include "verify/digest.h"
#include "verify/scheme.h"

#include <stddef.h>
#include <stdint.h>

enum { KEY_BITS_LEAST = 2048, KEY_BITS_MOST = 16384, KEY_ID_SIZE = 17 };

typedef struct PublicKey PublicKey;

/* ERR_KEY; ERR_FILE or ERR_PERMISSION if the file cannot be read. */
bool public_key_load(const char *path, PublicKey **out, Error *err);
/* The same from a SubjectPublicKeyInfo (DER); `path` is where it was found, for messages. */
bool public_key_from_der(const uint8_t *der, size_t length, const char *path, PublicKey **out,
                         Error *err);
bool public_key_to_der(const PublicKey *key, uint8_t **out, size_t *length, Error *err); /* free */
void public_key_free(PublicKey *key);
DEFINE_CLEANUP(PublicKey *, public_key_free)

/* First 16 hex characters of the SHA-256 of the SubjectPublicKeyInfo (DER): a name for people and
 * for deny lists, never a reason to trust. `openssl pkey -pubin -in K -outform DER | sha256sum`
 * shows it. Lives as long as the key. */
const char *public_key_id(const PublicKey *key);
const char *public_key_path(const PublicKey *key); /* where it was loaded from */
int public_key_bits(const PublicKey *key);
size_t public_key_signature_size(const PublicKey *key); /* bytes of a signature: the modulus size */

/* "This is a signature over that content": nobody has checked it yet. */
typedef struct SignatureClaim {
    SignatureScheme scheme; /* from the settings */
    const Digest *content;  /* hashed while it streamed by */
    const uint8_t *bytes;   /* the raw signature */
    size_t length;
} SignatureClaim;

/* *good tells whether this key made it. False (ERR_CRYPTO) only if OpenSSL could not judge. */
bool public_key_verify(const PublicKey *key, const SignatureClaim *claim, bool *good, Error *err);

/* What an operator should know about a key that is allowed all the same; NULL if nothing. Static.
 */
const char *public_key_weakness(const PublicKey *key);

#endif
