/* Tests verify/authenticode/page_hashes.c: the table that a program's content would have, against
 * one computed here page by page. */
#include "tests/verify/authenticode/page_scene.h"

enum { PAGE = 4096, SECTION_HEADER = 40 };

/* ---- a table computed here ---- */

static void append_entry(Text *table, const EVP_MD *digest, uint32_t offset, const Text *page)
{
    const uint8_t number[] = {(uint8_t)offset, (uint8_t)(offset >> 8), (uint8_t)(offset >> 16),
                              (uint8_t)(offset >> 24)};
    uint8_t hash[EVP_MAX_MD_SIZE] = {0};

    if (page)
        assert_int_equal(EVP_Digest(page->bytes, page->length, hash, NULL, digest, NULL), 1);
    text_append_bytes(table, number, sizeof number);
    text_append_bytes(table, hash, (size_t)EVP_MD_get_size(digest));
}

/* `length` bytes at `at`, and zeros up to `size`. */
static void append_page(Text *table, const EVP_MD *digest, const PeFile *file, uint32_t at,
                        size_t length)
{
    static const uint8_t zeros[PAGE];
    CLEANUP_TEXT Text page = {0};

    text_append_bytes(&page, file->bytes + at, length);
    text_append_bytes(&page, zeros, PAGE - length);
    append_entry(table, digest, at, &page);
}

/* The headers lose the 12 bytes of their holes; what fills them up does not replace those. */
static void append_headers(Text *table, const EVP_MD *digest, const PeFile *file, size_t size)
{
    static const uint8_t zeros[PAGE];
    const size_t checksum_end = file->checksum_at + 4;
    const size_t directory_end = file->directory_at + 8;
    CLEANUP_TEXT Text page = {0};

    text_append_bytes(&page, file->bytes, file->checksum_at);
    text_append_bytes(&page, file->bytes + checksum_end, file->directory_at - checksum_end);
    text_append_bytes(&page, file->bytes + directory_end, size - directory_end);
    text_append_bytes(&page, zeros, PAGE - size);
    append_entry(table, digest, 0, &page);
}

static void expected_table(const PeFile *file, const EVP_MD *digest, Text *out)
{
    uint32_t end = 0;

    append_headers(out, digest, file, pe_get32(file, file->optional_at + 60));
    for (unsigned i = 0; i < file->sections; i++) {
        const size_t header = file->sections_at + (size_t)i * SECTION_HEADER;
        const uint32_t at = pe_get32(file, header + 20);

        end = at + pe_get32(file, header + 16);
        for (uint32_t page = at; page < end; page += PAGE)
            append_page(out, digest, file, page, end - page < PAGE ? end - page : PAGE);
    }
    append_entry(out, digest, end, NULL);
    assert_false(out->failed);
}

static void the_table_is_that_of_the_specification_in_pieces_of_any_size(void **state)
{
    static const PePlan plans[] = {
        PLAN(.section_size = 1),
        PLAN(.plus = true, .sections = 3, .section_size = 4096, .overlay = 77),
        PLAN(.sections = 2, .section_size = 9000),
        PLAN(.plus = true, .sections = 8, .section_size = 12288, .header_offset = 0x200),
    };
    static const size_t pieces[] = {WHOLE, 1, 511, 4096, 4097};

    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        CLEANUP_PE_FILE PeFile file = build_signed(&plans[i]);
        CLEANUP_TEXT Text sha1 = {0};
        CLEANUP_TEXT Text sha256 = {0};

        expected_table(&file, EVP_sha1(), &sha1);
        expected_table(&file, EVP_sha256(), &sha256);
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            CLEANUP_PE_IMAGE PeImage image = scan_pages(&file, pieces[j]);

            assert_image(&image, PE_SIGNED, "ok");
            assert_digest_of(&image.page_table_sha1, sha1.bytes, sha1.length);
            assert_digest_of(&image.page_table_sha256, sha256.bytes, sha256.length);
        }
    }
}

static void a_gap_and_a_section_without_bytes_have_no_page(void **state)
{
    CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 3, .section_size = 8192});
    CLEANUP_PE_FILE PeFile two = {0};
    CLEANUP_PE_IMAGE PeImage image = {0};
    CLEANUP_TEXT Text expected = {0};

    (void)state;
    /* The middle one becomes .bss: what it had in the file belongs to no section now. */
    pe_put32(&file, file.sections_at + SECTION_HEADER + 16, 0);
    image = scan_pages(&file, 1000);
    assert_image(&image, PE_SIGNED, "ok");
    expected_table(&file, EVP_sha256(), &expected); /* no page of no bytes here either */
    assert_digest_of(&image.page_table_sha256, expected.bytes, expected.length);
    two = pe_file_copy(&file);
    two.bytes[pe_get32(&two, two.sections_at + SECTION_HEADER + 20)] ^= 1;
    pe_image_free(&image);
    image = scan_pages(&two, WHOLE);
    assert_digest_of(&image.page_table_sha256, expected.bytes, expected.length);
}

/* ---- what leaves room for doubt ---- */

static void pages_of_64_bytes(PeFile *file)
{
    pe_put32(file, file->optional_at + 32, 64);
}

static void pages_of_no_power_of_two(PeFile *file)
{
    pe_put32(file, file->optional_at + 32, 6000);
}

static void pages_of_8_mib(PeFile *file)
{
    pe_put32(file, file->optional_at + 32, 8 * 1024 * 1024);
}

static void headers_longer_than_a_page(PeFile *file)
{
    pe_put32(file, file->optional_at + 60, 4097);
}

static void headers_shorter_than_they_are(PeFile *file)
{
    pe_put32(file, file->optional_at + 60, (uint32_t)file->sections_at + 39);
}

static void sections_out_of_order(PeFile *file)
{
    const size_t first = file->sections_at + 20;
    const uint32_t at = pe_get32(file, first);

    pe_put32(file, first, pe_get32(file, first + SECTION_HEADER));
    pe_put32(file, first + SECTION_HEADER, at);
}

static void sections_over_each_other(PeFile *file)
{
    pe_put32(file, file->sections_at + 16, pe_get32(file, file->sections_at + 16) + 1);
}

static void a_section_over_the_headers(PeFile *file)
{
    pe_put32(file, file->sections_at + 20, 8);
}

static void what_leaves_room_for_doubt_is_refused_where_pages_are_asked_for(void **state)
{
    static void (*const spoils[])(PeFile *) = {
        pages_of_64_bytes,          pages_of_no_power_of_two,   pages_of_8_mib,
        headers_longer_than_a_page, sections_out_of_order,      headers_shorter_than_they_are,
        sections_over_each_other,   a_section_over_the_headers,
    };

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        CLEANUP_PE_FILE PeFile file = build_signed(&(PePlan){.sections = 2, .section_size = 8192});
        CLEANUP_PE_IMAGE PeImage flat = {0};
        CLEANUP_PE_IMAGE PeImage paged = {0};

        spoils[i](&file);
        flat = scan_file(&file, WHOLE);
        paged = scan_pages(&file, WHOLE);
        assert_image(&flat, PE_SIGNED, "ok");
        assert_image(&paged, PE_REFUSED, "page-hashes-uncheckable");
        assert_int_equal(paged.page_table_sha256.size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_that_of_the_specification_in_pieces_of_any_size),
        cmocka_unit_test(a_gap_and_a_section_without_bytes_have_no_page),
        cmocka_unit_test(what_leaves_room_for_doubt_is_refused_where_pages_are_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
