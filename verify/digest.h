/* digest: SHA-256 of bytes and of files, the one hash that every promise about content is made in.
 */
#ifndef GODEPLOY_VERIFY_DIGEST_H
#define GODEPLOY_VERIFY_DIGEST_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1 };

typedef struct Digest {
    uint8_t bytes[DIGEST_SIZE];
} Digest;

/* Streams the file; ERR_FILE with its path if it cannot be read. */
bool digest_file(const char *path, Digest *out, Error *err);
bool digest_bytes(const void *bytes, size_t length, Digest *out, Error *err);

/* Takes the same time wherever the two differ. */
bool digest_equal(const Digest *a, const Digest *b);

const char *digest_to_hex(const Digest *digest, char out[DIGEST_HEX_SIZE]);
/* Exactly 64 lower-case hexadecimal characters: one digest has one spelling. */
bool digest_from_hex(const char *hex, Digest *out);

/* Hashes what comes in pieces: a download, an entry while it is unpacked. */
typedef struct Hasher Hasher;

bool hasher_new(Hasher **out, Error *err); /* ready for the first byte */
bool hasher_update(Hasher *hasher, const void *bytes, size_t length, Error *err);
bool hasher_reset(Hasher *hasher, Error *err); /* forgets everything, starts anew */
/* Afterwards only hasher_reset() and hasher_free() are allowed. */
bool hasher_finish(Hasher *hasher, Digest *out, Error *err);
void hasher_free(Hasher *hasher);
DEFINE_CLEANUP(Hasher *, hasher_free)

#endif
