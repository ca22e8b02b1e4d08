/* See key.h. */
#include "verify/key.h"

#include "base/text.h"
#include "verify/pem.h"
#include "verify/rsa.h"

#include <stdlib.h>

struct PublicKey {
    EVP_PKEY *handle;
    char *path;
    char id[KEY_ID_SIZE];
};

void public_key_free(PublicKey *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->handle);
    free(key->path);
    free(key);
}

static bool expect_public(const char *path, const PemFile *pem, Error *err)
{
    if (pem->kind == PEM_PUBLIC_KEY)
        return true;
    error_set(err, ERR_KEY, "%s holds %s, expected a public key", path, pem->words);
    return pem->hint ? error_hint(err, "%s", pem->hint) : false;
}

static bool decode(const char *path, const uint8_t *der, size_t length, EVP_PKEY **out, Error *err)
{
    const unsigned char *end = der;
    CLEANUP(EVP_PKEY_free) EVP_PKEY *handle = d2i_PUBKEY(NULL, &end, (long)length);

    if (!handle)
        return openssl_error(err, ERR_KEY, "%s holds no key that can be read", path);
    if (end != der + length) /* d2i_* stops where it likes */
        return error_set(err, ERR_KEY, "%s has %zu bytes behind the end of its key", path,
                         (size_t)(der + length - end));
    *out = TAKE(handle);
    return true;
}

bool public_key_from_der(const uint8_t *der, size_t length, const char *path, PublicKey **out,
                         Error *err)
{
    CLEANUP(public_key_free) PublicKey *key = calloc(1, sizeof *key);

    if (!key || !(key->path = text_copy(path)))
        return error_memory(err);
    if (!decode(path, der, length, &key->handle, err) || !rsa_check_fit(key->handle, path, err) ||
        !rsa_key_id(key->handle, key->id, err))
        return false;
    *out = TAKE(key);
    return true;
}

bool public_key_load(const char *path, PublicKey **out, Error *err)
{
    CLEANUP_PEM PemFile pem = {0};

    return pem_read_file(path, &pem, err) && expect_public(path, &pem, err) &&
           public_key_from_der(pem.der, pem.der_length, path, out, err);
}

bool public_key_to_der(const PublicKey *key, uint8_t **out, size_t *length, Error *err)
{
    CLEANUP(free) uint8_t *der = NULL;
    const int size = i2d_PUBKEY(key->handle, NULL);
    unsigned char *end = NULL;

    if (size <= 0)
        return openssl_error(err, ERR_CRYPTO, "a public key cannot be encoded");
    der = malloc((size_t)size);
    if (!der)
        return error_memory(err);
    end = der;
    if (i2d_PUBKEY(key->handle, &end) != size)
        return openssl_error(err, ERR_CRYPTO, "a public key cannot be encoded");
    *out = TAKE(der);
    *length = (size_t)size;
    return true;
}

const char *public_key_id(const PublicKey *key)
{
    return key->id;
}

const char *public_key_path(const PublicKey *key)
{
    return key->path;
}

int public_key_bits(const PublicKey *key)
{
    return EVP_PKEY_get_bits(key->handle);
}

size_t public_key_signature_size(const PublicKey *key)
{
    return (size_t)EVP_PKEY_get_size(key->handle);
}

bool public_key_verify(const PublicKey *key, const SignatureClaim *claim, bool *good, Error *err)
{
    return rsa_verify(key->handle, claim, good, err);
}

const char *public_key_weakness(const PublicKey *key)
{
    if (rsa_exponent_is_small(key->handle))
        return "its public exponent is below 65537";
    return NULL;
}
