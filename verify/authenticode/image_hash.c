/* See image_hash.h. */
#include "verify/authenticode/image_hash.h"

#include "verify/openssl.h"

/* By bit number of ImageHash. */
static const char *const names[IMAGE_HASH_COUNT] = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512"};

struct ImageHasher {
    EVP_MD_CTX *contexts[IMAGE_HASH_COUNT]; /* NULL: not asked for */
};

static bool start(ImageHasher *hasher, int index, Error *err)
{
    const EVP_MD *digest = EVP_get_digestbyname(names[index]);

    hasher->contexts[index] = EVP_MD_CTX_new();
    if (!hasher->contexts[index])
        return error_memory(err);
    if (!digest || EVP_DigestInit_ex(hasher->contexts[index], digest, NULL) != 1)
        return openssl_error(err, ERR_CRYPTO, "%s is not available", names[index]);
    return true;
}

bool image_hasher_new(unsigned hashes, ImageHasher **out, Error *err)
{
    CLEANUP(image_hasher_free) ImageHasher *hasher = calloc(1, sizeof *hasher);

    if (!hasher)
        return error_memory(err);
    for (int i = 0; i < IMAGE_HASH_COUNT; i++)
        if ((hashes & 1U << i) && !start(hasher, i, err))
            return false;
    *out = TAKE(hasher);
    return true;
}

bool image_hasher_update(ImageHasher *hasher, const void *bytes, size_t length, Error *err)
{
    for (int i = 0; i < IMAGE_HASH_COUNT; i++)
        if (hasher->contexts[i] && EVP_DigestUpdate(hasher->contexts[i], bytes, length) != 1)
            return openssl_error(err, ERR_CRYPTO, "%s failed", names[i]);
    return true;
}

bool image_hasher_finish(ImageHasher *hasher, ImageDigest out[IMAGE_HASH_COUNT], Error *err)
{
    for (int i = 0; i < IMAGE_HASH_COUNT; i++) {
        unsigned size = 0;

        out[i].size = 0;
        if (hasher->contexts[i] &&
            EVP_DigestFinal_ex(hasher->contexts[i], out[i].bytes, &size) != 1)
            return openssl_error(err, ERR_CRYPTO, "%s failed", names[i]);
        out[i].size = size;
    }
    return true;
}

void image_hasher_free(ImageHasher *hasher)
{
    if (!hasher)
        return;
    for (int i = 0; i < IMAGE_HASH_COUNT; i++)
        EVP_MD_CTX_free(hasher->contexts[i]);
    free(hasher);
}
