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

static bool decode(const char *path, const PemFile *pem, EVP_PKEY **out, Error *err)
{
    const unsigned char *end = pem->der;
    CLEANUP(EVP_PKEY_free) EVP_PKEY *handle = d2i_PUBKEY(NULL, &end, (long)pem->der_length);

    if (!handle)
        return openssl_error(err, ERR_KEY, "%s holds no key that can be read", path);
    if (end != pem->der + pem->der_length) /* d2i_* stops where it likes */
        return error_set(err, ERR_KEY, "%s has %zu bytes behind the end of its key", path,
                         (size_t)(pem->der + pem->der_length - end));
    *out = TAKE(handle);
    return true;
}

bool public_key_load(const char *path, PublicKey **out, Error *err)
{
    CLEANUP(public_key_free) PublicKey *key = calloc(1, sizeof *key);
    CLEANUP_PEM PemFile pem = {0};

    if (!key || !(key->path = text_copy(path)))
        return error_memory(err);
    if (!pem_read_file(path, &pem, err) || !expect_public(path, &pem, err) ||
        !decode(path, &pem, &key->handle, err) || !rsa_check_fit(key->handle, path, err) ||
        !rsa_key_id(key->handle, key->id, err))
        return false;
    *out = TAKE(key);
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
