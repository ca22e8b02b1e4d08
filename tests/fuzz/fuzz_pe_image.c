/* A Windows program of any bytes: read the same in pieces, and what is called signed is signed over
 * all of its bytes but three holes. Target: verify/authenticode/pe_image.h. */
#include "tests/fuzz/fuzz.h"

#include "verify/authenticode/little_endian.h"
#include "verify/authenticode/pe_image.h"
#include "verify/openssl.h"

#include <string.h>

enum { PIECE = 61, SHA1_INDEX = 1, SHA1_SIZE = 20 };

static PeImage scan(const uint8_t *bytes, size_t length, size_t piece, bool pages)
{
    const PeScanOptions options = {IMAGE_HASH_SHA1, pages, pages, length};
    CLEANUP(pe_scan_free) PeScan *scan = NULL;
    PeImage image = {0};
    Error err = {0};

    FUZZ_CHECK(pe_scan_new(&options, &scan, &err));
    for (size_t at = 0; at < length; at += piece) {
        const size_t step = piece < length - at ? piece : length - at;
        CLEANUP(free) uint8_t *exact = fuzz_copy(bytes + at, step);

        FUZZ_CHECK(pe_scan_update(scan, exact, step, &err));
    }
    FUZZ_CHECK(pe_scan_finish(scan, &image, &err));
    return image;
}

static void check_same(const PeImage *a, const PeImage *b)
{
    FUZZ_CHECK(a->kind == b->kind && strcmp(a->code, b->code) == 0);
    FUZZ_CHECK(strcmp(a->reason, b->reason) == 0);
    FUZZ_CHECK(a->checksum_differs == b->checksum_differs);
    FUZZ_CHECK(memcmp(a->digests, b->digests, sizeof a->digests) == 0);
    FUZZ_CHECK(a->signature_length == b->signature_length);
}

/* Computed anew, from nothing but the fields that say where the holes are. */
static void check_signed(const uint8_t *bytes, size_t length, const PeImage *image)
{
    const size_t optional = le32(bytes + 60) + 24U;
    const size_t checksum = optional + 64;
    const size_t directory = optional + (le16(bytes + optional) == 0x20b ? 144 : 128);
    const size_t table = le32(bytes + directory);
    CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t digest[SHA1_SIZE];

    FUZZ_CHECK(table + le32(bytes + directory + 4) == length);
    FUZZ_CHECK(context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1);
    FUZZ_CHECK(EVP_DigestUpdate(context, bytes, checksum) == 1);
    FUZZ_CHECK(EVP_DigestUpdate(context, bytes + checksum + 4, directory - checksum - 4) == 1);
    FUZZ_CHECK(EVP_DigestUpdate(context, bytes + directory + 8, table - directory - 8) == 1);
    FUZZ_CHECK(EVP_DigestFinal_ex(context, digest, NULL) == 1);
    FUZZ_CHECK(image->digests[SHA1_INDEX].size == SHA1_SIZE);
    FUZZ_CHECK(memcmp(image->digests[SHA1_INDEX].bytes, digest, SHA1_SIZE) == 0);
    FUZZ_CHECK(memcmp(image->signature, bytes + table + 8, image->signature_length) == 0);
    /* Nothing hides behind the signature. */
    FUZZ_CHECK(length - table - 8 - image->signature_length < 8);
    for (size_t at = table + 8 + image->signature_length; at < length; at++)
        FUZZ_CHECK(bytes[at] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP_PE_IMAGE PeImage whole = scan(bytes, length, length + 1, true);
    CLEANUP_PE_IMAGE PeImage pieces = scan(bytes, length, PIECE, true);

    check_same(&whole, &pieces);
    FUZZ_CHECK(memcmp(&whole.page_table_sha1, &pieces.page_table_sha1, sizeof(ImageDigest)) == 0);
    FUZZ_CHECK(memcmp(&whole.page_table_sha256, &pieces.page_table_sha256, sizeof(ImageDigest)) ==
               0);
    if (strcmp(whole.code, "page-hashes-uncheckable") == 0) {
        pe_image_free(&whole);
        whole = scan(bytes, length, length + 1, false);
    }
    if (whole.kind == PE_SIGNED)
        check_signed(bytes, length, &whole);
    else
        FUZZ_CHECK(!whole.signature);
    return 0;
}
