/* See digest.h. Source: FIPS 180-4 (SHA-256), by OpenSSL's EVP interface. */
#include "verify/digest.h"

#include "base/file/file.h"
#include "base/text.h"
#include "verify/openssl.h"

#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 256 * 1024 };

struct Hasher {
    EVP_MD_CTX *context;
};

static bool sha256_failed(Error *err)
{
    return error_set(err, ERR_CRYPTO, "SHA-256 is not available");
}

bool hasher_new(Hasher **out, Error *err)
{
    CLEANUP(hasher_free) Hasher *hasher = calloc(1, sizeof *hasher);

    if (!hasher)
        return error_memory(err);
    hasher->context = EVP_MD_CTX_new();
    if (!hasher->context)
        return error_memory(err);
    if (!hasher_reset(hasher, err))
        return false;
    *out = TAKE(hasher);
    return true;
}

bool hasher_update(Hasher *hasher, const void *bytes, size_t length, Error *err)
{
    return EVP_DigestUpdate(hasher->context, bytes, length) == 1 || sha256_failed(err);
}

bool hasher_reset(Hasher *hasher, Error *err)
{
    return EVP_DigestInit_ex(hasher->context, EVP_sha256(), NULL) == 1 || sha256_failed(err);
}

bool hasher_finish(Hasher *hasher, Digest *out, Error *err)
{
    Digest digest;

    if (EVP_DigestFinal_ex(hasher->context, digest.bytes, NULL) != 1)
        return sha256_failed(err);
    *out = digest;
    return true;
}

void hasher_free(Hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->context);
    free(hasher);
}

static bool hash_contents(Hasher *hasher, File *file, Error *err)
{
    CLEANUP(free) uint8_t *buffer = malloc(READ_SIZE);
    size_t got = 0;

    if (!buffer)
        return error_memory(err);
    do {
        if (!file_read(file, buffer, READ_SIZE, &got, err) ||
            !hasher_update(hasher, buffer, got, err))
            return false;
    } while (got > 0);
    return true;
}

bool digest_file(const char *path, Digest *out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    CLEANUP(hasher_free) Hasher *hasher = NULL;

    if (!hasher_new(&hasher, err) || !file_open(path, FILE_READ, &file, err) ||
        !hash_contents(hasher, file, err))
        return false;
    return hasher_finish(hasher, out, err);
}

bool digest_bytes(const void *bytes, size_t length, Digest *out, Error *err)
{
    Digest digest;

    if (EVP_Digest(bytes, length, digest.bytes, NULL, EVP_sha256(), NULL) != 1)
        return sha256_failed(err);
    *out = digest;
    return true;
}

bool digest_equal(const Digest *a, const Digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

const char *digest_to_hex(const Digest *digest, char out[DIGEST_HEX_SIZE])
{
    text_from_bytes(digest->bytes, DIGEST_SIZE, out);
    return out;
}

bool digest_from_hex(const char *hex, Digest *out)
{
    const size_t length = strlen(hex);

    /* text_to_bytes() may be kinder about upper case than a digest with one spelling wants. */
    if (length != DIGEST_HEX_SIZE - 1 || strspn(hex, "0123456789abcdef") != length)
        return false;
    return text_to_bytes(hex, out->bytes, DIGEST_SIZE);
}
