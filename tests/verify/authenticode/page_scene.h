/* page_scene: what tests of page hashes share. */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PAGE_SCENE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_PAGE_SCENE_H

#include "tests/verify/authenticode/pe_scene.h"
#include "tests/verify/box.h"
#include "verify/openssl.h"

#define PLAN(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static inline PeImage scan_pages(const PeFile *file, size_t piece)
{
    const PeScanOptions options = {
        .page_sha1 = true, .page_sha256 = true, .size_bytes = file->length};

    return scan_bytes(&options, file->bytes, file->length, piece);
}

static inline void assert_digest_of(const ImageDigest *digest, const void *table, size_t length)
{
    uint8_t expected[32];

    assert_int_equal(EVP_Digest(table, length, expected, NULL, EVP_sha256(), NULL), 1);
    assert_int_equal(digest->size, sizeof expected);
    assert_memory_equal(digest->bytes, expected, sizeof expected);
}

#endif
