/* image_hash: several digests of the same bytes in one go. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_IMAGE_HASH_H
#define GODEPLOY_VERIFY_AUTHENTICODE_IMAGE_HASH_H

#include "base/cleanup.h"
#include "verify/authenticode/pe_image.h"

typedef struct ImageHasher ImageHasher;

/* `hashes` is a set of ImageHash. ERR_CRYPTO names the one that OpenSSL does not have. */
bool image_hasher_new(unsigned hashes, ImageHasher **out, Error *err);
bool image_hasher_update(ImageHasher *hasher, const void *bytes, size_t length, Error *err);
bool image_hasher_finish(ImageHasher *hasher, ImageDigest out[IMAGE_HASH_COUNT], Error *err);
void image_hasher_free(ImageHasher *hasher);
DEFINE_CLEANUP(ImageHasher *, image_hasher_free)

#endif
