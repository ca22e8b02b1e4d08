/* Tests verify/authenticode/pe_image.c: what is read of sane programs, and what the digest covers.
 * What is refused: test_pe_layout.c, test_certificate_table.c. Expected digests are computed over
 * the spans that pe_builder.h calls covered, which is a reading of the specification of its own. */
#include "tests/verify/authenticode/pe_scene.h"

#include "verify/openssl.h"

typedef struct Shape {
    const char *name;
    PePlan plan;
} Shape;

#define SHAPE(name, ...)                                                                           \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const Shape shapes[] = {
    SHAPE("PE32", .seed = 1),
    SHAPE("PE32+", .plus = true),
    SHAPE("a library for an unknown machine", .plus = true, .dll = true, .machine = 0xaa64),
    SHAPE("a DOS stub", .header_offset = 0x108),
    SHAPE("a header over the DOS header", .header_offset = 4),
    SHAPE("the farthest header", .plus = true, .header_offset = 65536 - 24),
    SHAPE("eight sections", .sections = 8, .section_size = 5000),
    SHAPE("an overlay of odd length", .plus = true, .overlay = 12345),
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* A header at byte 4 lies over the field of the DOS header that says so. */
static PeFile build_shape(const Shape *shape, bool with_table)
{
    PeFile file = pe_build(&shape->plan);
    uint8_t der[DER_SIZE];

    if (shape->plan.header_offset == 4)
        pe_put32(&file, 60, 4);
    write_der(der, sizeof der);
    if (with_table)
        pe_attach_signature(&file, der, sizeof der);
    return file;
}

static void digest_of_covered(const PeFile *file, const EVP_MD *digest, ImageDigest *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    PeSpan spans[PE_COVERED_SPANS];
    unsigned size = 0;

    pe_covered(file, spans);
    assert_true(context && EVP_DigestInit_ex(context, digest, NULL) == 1);
    for (int i = 0; i < PE_COVERED_SPANS; i++)
        assert_int_equal(EVP_DigestUpdate(context, spans[i].at, spans[i].length), 1);
    assert_int_equal(EVP_DigestFinal_ex(context, out->bytes, &size), 1);
    out->size = size;
    EVP_MD_CTX_free(context);
}

static void assert_same_digest(const ImageDigest *a, const ImageDigest *b, const char *what)
{
    if (a->size != b->size || memcmp(a->bytes, b->bytes, a->size) != 0)
        fail_msg("%s: the digests differ (%zu and %zu bytes)", what, a->size, b->size);
}

static bool same_sha256(const PeImage *a, const PeImage *b)
{
    return a->digests[2].size == 32 && b->digests[2].size == 32 &&
           memcmp(a->digests[2].bytes, b->digests[2].bytes, 32) == 0;
}

static void the_digest_is_that_of_the_covered_bytes_in_every_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        CLEANUP_PE_FILE PeFile file = build_shape(&shapes[i], true);
        CLEANUP_PE_IMAGE PeImage image = scan_file(&file, WHOLE);
        ImageDigest expected = {.size = 0};

        if (image.kind != PE_SIGNED)
            fail_msg("%s: %s (%s)", shapes[i].name, image.code, image.reason);
        digest_of_covered(&file, EVP_sha256(), &expected);
        assert_same_digest(&image.digests[2], &expected, shapes[i].name);
        assert_int_equal(image.dll, shapes[i].plan.dll);
        assert_int_equal(image.size_bytes, file.length);
    }
}

static void pieces_of_any_size_give_the_same_answer(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 63, 64, 65, 511, 512, 4096};

    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        CLEANUP_PE_FILE PeFile file = build_shape(&shapes[i], true);
        CLEANUP_PE_IMAGE PeImage whole = scan_file(&file, WHOLE);

        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            CLEANUP_PE_IMAGE PeImage image = scan_file(&file, pieces[j]);

            assert_image(&image, PE_SIGNED, "ok");
            assert_same_digest(&image.digests[2], &whole.digests[2], shapes[i].name);
            assert_int_equal(image.checksum_differs, whole.checksum_differs);
            assert_int_equal(image.signature_length, whole.signature_length);
            assert_memory_equal(image.signature, whole.signature, whole.signature_length);
        }
    }
}

static void the_signature_is_the_der_without_the_zeros_that_fill_it(void **state)
{
    (void)state;
    for (size_t length = 260; length < 300; length++) {
        CLEANUP_PE_FILE PeFile file = pe_build(&(PePlan){.plus = true});
        CLEANUP_PE_IMAGE PeImage image = {0};
        uint8_t der[300];

        write_der(der, length);
        pe_attach_signature(&file, der, length);
        image = scan_file(&file, WHOLE);
        assert_image(&image, PE_SIGNED, "ok");
        assert_int_equal(image.signature_length, length);
        assert_memory_equal(image.signature, der, length);
    }
}

/* Signers write the length of an entry with or without the zeros that fill it: verify-rules.md. */
static void an_entry_may_say_its_length_without_the_zeros_behind_it(void **state)
{
    const PeEntry entry = {8 + DER_SIZE, PE_REVISION_2, PE_TYPE_PKCS7};
    CLEANUP_PE_FILE PeFile file = pe_build(&(PePlan){.plus = true});
    CLEANUP_PE_IMAGE PeImage image = {0};
    uint8_t der[DER_SIZE];
    uint8_t table[8 + DER_SIZE + 7];

    (void)state;
    write_der(der, sizeof der);
    pe_entry_write(&entry, der, sizeof der, table);
    pe_attach_table(&file, table, pe_entry_size(sizeof der));
    image = scan_file(&file, WHOLE);
    assert_image(&image, PE_SIGNED, "ok");
    assert_int_equal(image.signature_length, DER_SIZE);
}

static void all_digests_can_be_asked_for_at_once_and_no_other_is_given(void **state)
{
    const EVP_MD *digests[] = {EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 3});

    (void)state;
    for (unsigned set = 0; set < 1U << IMAGE_HASH_COUNT; set++) {
        const PeScanOptions options = {.hashes = set, .size_bytes = file.length};
        CLEANUP_PE_IMAGE PeImage image = scan_bytes(&options, file.bytes, file.length, 1000);

        for (int i = 0; i < IMAGE_HASH_COUNT; i++) {
            ImageDigest expected = {.size = 0};

            if (set & 1U << i)
                digest_of_covered(&file, digests[i], &expected);
            assert_same_digest(&image.digests[i], &expected, EVP_MD_get0_name(digests[i]));
        }
    }
}

/* Off by one at a hole, and bytes of which nothing needs to be true: stub, gaps, overlay. */
static void every_byte_before_the_table_counts_but_for_the_two_holes(void **state)
{
    const PePlan plan = {.plus = true, .header_offset = 128, .overlay = 24};
    CLEANUP_PE_FILE PeFile file = build_signed(&plan);
    CLEANUP_PE_IMAGE PeImage whole = scan_file(&file, WHOLE);

    (void)state;
    for (size_t at = 0; at < file.table_at; at++) {
        const bool hole = (at >= file.checksum_at && at < file.checksum_at + 4) ||
                          (at >= file.directory_at && at < file.directory_at + 8);
        CLEANUP_PE_IMAGE PeImage image = {0};

        file.bytes[at] ^= 0x10;
        image = scan_file(&file, WHOLE);
        file.bytes[at] ^= 0x10;
        if (image.kind == PE_SIGNED && same_sha256(&image, &whole) != hole)
            fail_msg("byte %zu, a hole: %d", at, hole);
        if (hole && at < file.checksum_at + 4 && image.kind != PE_SIGNED)
            fail_msg("the checksum decides at byte %zu: %s", at, image.code);
    }
}

static void pe32_read_as_pe32_plus_has_its_holes_in_the_wrong_place(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 1});
    CLEANUP_PE_IMAGE PeImage before = scan_file(&file, WHOLE);
    CLEANUP_PE_IMAGE PeImage after = {0};

    (void)state;
    /* As PE32+ has them, so that only the digest can tell. */
    pe_put32(&file, file.optional_at + 108, 16);
    pe_put32(&file, file.optional_at + 144, (uint32_t)file.table_at);
    pe_put32(&file, file.optional_at + 148, (uint32_t)(file.length - file.table_at));
    pe_put16(&file, file.optional_at, 0x20b);
    after = scan_file(&file, WHOLE);
    assert_image(&after, PE_SIGNED, "ok");
    assert_false(same_sha256(&before, &after));
}

/* ---- without a table ---- */

static void a_program_without_a_table_is_unsigned_and_digested_as_if_filled_up_to_8(void **state)
{
    (void)state;
    for (uint32_t overlay = 0; overlay < 9; overlay++) {
        CLEANUP_PE_FILE PeFile file = pe_build(&(PePlan){.overlay = overlay});
        CLEANUP_PE_IMAGE PeImage image = scan_file(&file, WHOLE);
        ImageDigest expected = {.size = 0};

        assert_image(&image, PE_UNSIGNED, "unsigned");
        assert_null(image.signature);
        pe_fill(&file);
        digest_of_covered(&file, EVP_sha256(), &expected);
        assert_same_digest(&image.digests[2], &expected, "unsigned");
    }
}

static void a_stripped_table_leaves_an_unsigned_program(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true});
    CLEANUP_PE_IMAGE PeImage image = {0};

    (void)state;
    pe_drop_table(&file);
    image = scan_file(&file, WHOLE);
    assert_image(&image, PE_UNSIGNED, "unsigned");
}

static void fewer_than_five_directories_have_no_table_whatever_stands_there(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 5; count++) {
        CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.plus = true});
        CLEANUP_PE_IMAGE PeImage image = {0};

        pe_put32(&file, file.optional_at + 108, count);
        image = scan_file(&file, WHOLE);
        assert_image(&image, PE_UNSIGNED, "unsigned");
    }
}

/* ---- sections ---- */

static void sections_over_each_other_or_with_gaps_are_judged_by_the_flat_digest(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 3});
    CLEANUP_PE_IMAGE PeImage image = {0};
    ImageDigest expected = {.size = 0};

    (void)state;
    pe_put32(&file, file.sections_at + 40 + 20, pe_get32(&file, file.sections_at + 20) + 8);
    pe_put32(&file, file.sections_at + 80 + 16, 16);
    image = scan_file(&file, WHOLE);
    digest_of_covered(&file, EVP_sha256(), &expected);
    assert_image(&image, PE_SIGNED, "ok");
    assert_same_digest(&image.digests[2], &expected, "overlapping");
}

static void a_section_without_bytes_in_the_file_reaches_into_nothing(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 2});
    CLEANUP_PE_IMAGE PeImage image = {0};

    (void)state;
    pe_put32(&file, file.sections_at + 16, 0); /* no size, at a place far away */
    pe_put32(&file, file.sections_at + 20, 0xfffffe00);
    pe_put32(&file, file.sections_at + 40 + 16, 0xfffffe00); /* no place, and a large size */
    pe_put32(&file, file.sections_at + 40 + 20, 0);
    image = scan_file(&file, WHOLE);
    assert_image(&image, PE_SIGNED, "ok");
}

/* ---- the checksum ---- */

static void a_checksum_that_differs_is_noted_and_nothing_else(void **state)
{
    (void)state;
    for (uint32_t overlay = 0; overlay < 4; overlay++) { /* odd lengths too */
        CLEANUP_PE_FILE PeFile file = pe_build(&(PePlan){.overlay = overlay});
        CLEANUP_PE_IMAGE PeImage none = scan_file(&file, 7);
        CLEANUP_PE_IMAGE PeImage right = {0};
        CLEANUP_PE_IMAGE PeImage wrong = {0};

        pe_set_checksum(&file);
        right = scan_file(&file, 7);
        pe_put32(&file, file.checksum_at, pe_get32(&file, file.checksum_at) ^ 0x100);
        wrong = scan_file(&file, 7);
        assert_false(none.checksum_differs);
        assert_false(right.checksum_differs);
        assert_true(wrong.checksum_differs);
        assert_int_equal(wrong.kind, PE_UNSIGNED);
        assert_true(same_sha256(&none, &right) && same_sha256(&none, &wrong));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_that_of_the_covered_bytes_in_every_shape),
        cmocka_unit_test(pieces_of_any_size_give_the_same_answer),
        cmocka_unit_test(the_signature_is_the_der_without_the_zeros_that_fill_it),
        cmocka_unit_test(an_entry_may_say_its_length_without_the_zeros_behind_it),
        cmocka_unit_test(all_digests_can_be_asked_for_at_once_and_no_other_is_given),
        cmocka_unit_test(every_byte_before_the_table_counts_but_for_the_two_holes),
        cmocka_unit_test(pe32_read_as_pe32_plus_has_its_holes_in_the_wrong_place),
        cmocka_unit_test(a_program_without_a_table_is_unsigned_and_digested_as_if_filled_up_to_8),
        cmocka_unit_test(a_stripped_table_leaves_an_unsigned_program),
        cmocka_unit_test(fewer_than_five_directories_have_no_table_whatever_stands_there),
        cmocka_unit_test(sections_over_each_other_or_with_gaps_are_judged_by_the_flat_digest),
        cmocka_unit_test(a_section_without_bytes_in_the_file_reaches_into_nothing),
        cmocka_unit_test(a_checksum_that_differs_is_noted_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
