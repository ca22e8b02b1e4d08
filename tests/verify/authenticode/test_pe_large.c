/* Tests verify/authenticode/pe_image.h with programs as large as they can be, from a generator:
 * zeros between the headers and the certificate table. Memory stays small, and no length wraps. */
#include "tests/support/peak_memory.h"
#include "tests/verify/authenticode/pe_scene.h"

#include "verify/openssl.h"

#include <stdlib.h>

#define FOUR_GIB 0x100000000ULL

enum { BLOCK = 1 << 20, MEMORY_MOST = 32 * 1024 * 1024 };

/* A signed program whose table was moved, with zeros before it, so that the file has `size` bytes.
 */
typedef struct Stretched {
    PeFile file; /* what is there of it: head and table */
    uint64_t size;
    uint64_t zeros;
} Stretched;

static Stretched stretch(uint64_t size)
{
    Stretched stretched = {build_signed(&(PePlan){.plus = true}), size, 0};
    PeFile *file = &stretched.file;

    stretched.zeros = size - file->length;
    pe_put32(file, file->directory_at, (uint32_t)(file->table_at + stretched.zeros));
    return stretched;
}

/* Gives every byte of it to `take`. */
static void generate(const Stretched *stretched, void (*take)(void *, const void *, size_t),
                     void *context)
{
    const PeFile *file = &stretched->file;
    uint8_t *zeros = calloc(1, BLOCK);

    assert_non_null(zeros);
    take(context, file->bytes, file->table_at);
    for (uint64_t left = stretched->zeros; left > 0;) {
        const size_t step = left < BLOCK ? (size_t)left : BLOCK;

        take(context, zeros, step);
        left -= step;
    }
    take(context, file->bytes + file->table_at, file->length - file->table_at);
    free(zeros);
}

static void feed_scan(void *context, const void *bytes, size_t length)
{
    Error err = {0};

    if (!pe_scan_update(context, bytes, length, &err))
        fail_msg("%s", err.message);
}

static PeImage scan_stretched(const Stretched *stretched, unsigned hashes)
{
    const PeScanOptions options = {.hashes = hashes, .size_bytes = stretched->size};
    CLEANUP(pe_scan_free) PeScan *scan = NULL;
    PeImage image = {0};
    Error err = {0};

    assert_true(pe_scan_new(&options, &scan, &err));
    generate(stretched, feed_scan, scan);
    assert_true(pe_scan_finish(scan, &image, &err));
    return image;
}

static void a_program_just_under_4_gib_is_read_in_little_memory(void **state)
{
    CLEANUP_PE_IMAGE PeImage image = {0};
    Stretched stretched = stretch(FOUR_GIB - 8);
    const uint64_t before = peak_memory_bytes();

    (void)state;
    image = scan_stretched(&stretched, 0);
    assert_image(&image, PE_SIGNED, "ok");
    assert_true(image.size_bytes == FOUR_GIB - 8);
    assert_int_equal(image.signature_length, DER_SIZE);
    assert_true(peak_memory_bytes() - before < MEMORY_MOST);
    pe_file_free(&stretched.file);
}

/* One byte more than 32 bits can say; no other field says so. */
static void a_program_of_4_gib_and_more_is_refused_before_it_is_read(void **state)
{
    static const uint64_t sizes[] = {FOUR_GIB, FOUR_GIB + 8, 2 * FOUR_GIB, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true});
        const PeScanOptions options = {.hashes = IMAGE_HASH_SHA256, .size_bytes = sizes[i]};
        CLEANUP_PE_IMAGE PeImage image =
            scan_bytes(&options, file.bytes, file.sections_at + 40, WHOLE);

        assert_image(&image, PE_REFUSED, "file-too-large");
    }
}

/* ---- the digest behind 2 GiB ---- */

static void feed_digest(void *context, const void *bytes, size_t length)
{
    assert_int_equal(EVP_DigestUpdate(context, bytes, length), 1);
}

/* Over all but the holes and the table, by a loop of its own. */
static void digest_of_stretched(const Stretched *stretched, uint8_t out[EVP_MAX_MD_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    Stretched covered = *stretched;
    PeSpan spans[PE_COVERED_SPANS];

    assert_true(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    pe_covered(&stretched->file, spans);
    for (int i = 0; i < PE_COVERED_SPANS; i++)
        feed_digest(context, spans[i].at, spans[i].length);
    covered.file.table_at = 0; /* of the head and the table only the zeros are left */
    covered.file.length = 0;
    generate(&covered, feed_digest, context);
    assert_int_equal(EVP_DigestFinal_ex(context, out, NULL), 1);
    EVP_MD_CTX_free(context);
}

static void a_program_over_2_gib_is_digested_like_a_small_one(void **state)
{
    CLEANUP_PE_IMAGE PeImage image = {0};
    Stretched stretched = stretch((1ULL << 31) + 4096);
    uint8_t expected[EVP_MAX_MD_SIZE];

    (void)state;
    image = scan_stretched(&stretched, IMAGE_HASH_SHA256);
    digest_of_stretched(&stretched, expected);
    assert_image(&image, PE_SIGNED, "ok");
    assert_memory_equal(image.digests[2].bytes, expected, 32);
    pe_file_free(&stretched.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_just_under_4_gib_is_read_in_little_memory),
        cmocka_unit_test(a_program_of_4_gib_and_more_is_refused_before_it_is_read),
        cmocka_unit_test(a_program_over_2_gib_is_digested_like_a_small_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
