/* See indirect_data_maker.h. */
#include "tests/support/indirect_data_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define OID_SPC_PE_IMAGE_DATA    "1.3.6.1.4.1.311.2.1.15"
#define OID_SPC_CAB_DATA         "1.3.6.1.4.1.311.2.1.25"
#define OID_SPC_PAGE_HASH_SHA1   "1.3.6.1.4.1.311.2.3.1"
#define OID_SPC_PAGE_HASH_SHA256 "1.3.6.1.4.1.311.2.3.2"
#define OID_NOBODY_KNOWS         "1.3.6.1.4.1.99999.1"

enum { PAGE_SIZE = 4096, SECTION_HEADER_SIZE = 40, SIZE_OF_HEADERS = 60 };

static const char *digest_of(const SignaturePlan *plan)
{
    return plan->digest ? plan->digest : "SHA256";
}

/* ---- page hashes ---- */

static void write_offset(Text *table, size_t offset)
{
    const uint8_t bytes[4] = {(uint8_t)offset, (uint8_t)(offset >> 8), (uint8_t)(offset >> 16),
                              (uint8_t)(offset >> 24)};

    text_append_bytes(table, bytes, sizeof bytes);
}

static void write_page(Text *table, const char *digest, size_t offset, const Text *page)
{
    uint8_t bytes[DER_DIGEST_MOST];
    const size_t size = der_digest(digest, page->bytes, page->length, bytes);

    write_offset(table, offset);
    text_append_bytes(table, bytes, size);
}

static void append_zeros(Text *out, size_t count)
{
    static const uint8_t zeros[PAGE_SIZE];

    assert_true(count <= sizeof zeros);
    text_append_bytes(out, zeros, count);
}

/* The headers without the checksum and the directory entry, then zeros as far as the page goes. */
static void write_header_page(Text *table, const char *digest, const PeFile *image)
{
    const size_t end = pe_get32(image, image->optional_at + SIZE_OF_HEADERS);
    const size_t second = image->checksum_at + 4, third = image->directory_at + 8;
    CLEANUP_TEXT Text page = {0};

    text_append_bytes(&page, image->bytes, image->checksum_at);
    text_append_bytes(&page, image->bytes + second, image->directory_at - second);
    text_append_bytes(&page, image->bytes + third, end - third);
    append_zeros(&page, PAGE_SIZE - end);
    write_page(table, digest, 0, &page);
}

static size_t write_section_pages(Text *table, const char *digest, const PeFile *image,
                                  size_t header)
{
    const size_t size = pe_get32(image, header + 16);
    const size_t start = pe_get32(image, header + 20);

    for (size_t at = 0; at < size; at += PAGE_SIZE) {
        const size_t length = size - at < PAGE_SIZE ? size - at : PAGE_SIZE;
        CLEANUP_TEXT Text page = {0};

        text_append_bytes(&page, image->bytes + start + at, length);
        append_zeros(&page, PAGE_SIZE - length);
        write_page(table, digest, start + at, &page);
    }
    return start + size;
}

static void write_page_table(Text *table, const char *digest, const PeFile *image)
{
    const size_t digest_size = (size_t)EVP_MD_get_size(EVP_get_digestbyname(digest));
    size_t end = 0;

    write_header_page(table, digest, image);
    for (size_t i = 0; i < image->sections; i++)
        end =
            write_section_pages(table, digest, image, image->sections_at + i * SECTION_HEADER_SIZE);
    write_offset(table, end);
    append_zeros(table, digest_size);
}

static void write_page_hashes(Text *out, const SignaturePlan *plan, const PeFile *image)
{
    const bool sha1 = strcmp(digest_of(plan), "SHA1") == 0;
    const char *digest = sha1 ? "SHA1" : "SHA256";
    CLEANUP_TEXT Text table = {0};
    const size_t outer = der_open(out);
    const size_t sequence = der_open(out);
    size_t inner = 0;

    write_page_table(&table, digest, image);
    if (plan->pages == PAGES_WRONG)
        table.bytes[table.length / 2] ^= 1;
    der_oid(out, sha1 ? OID_SPC_PAGE_HASH_SHA1 : OID_SPC_PAGE_HASH_SHA256);
    inner = der_open(out);
    der_put(out, DER_OCTET_STRING, table.bytes, table.length);
    der_close(out, DER_SET, inner);
    der_close(out, DER_SEQUENCE, sequence);
    der_close(out, DER_SET, outer);
}

/* SpcSerializedObject of the class that means page hashes. */
static void write_moniker(Text *out, const SignaturePlan *plan, const PeFile *image)
{
    static const uint8_t page_hash_class[16] = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                                0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};
    const size_t moniker = der_open(out);
    CLEANUP_TEXT Text serialized = {0};

    write_page_hashes(&serialized, plan, image);
    der_put(out, DER_OCTET_STRING, page_hash_class, sizeof page_hash_class);
    der_put(out, DER_OCTET_STRING, serialized.bytes, serialized.length);
    der_close(out, DER_FIELD_OF + 1, moniker);
}

/* ---- the content ---- */

/* SpcLink: a file of which nothing is said, as signtool writes it. */
static void write_obsolete_file(Text *out)
{
    static const char name[] = "\0<\0<\0<\0O\0b\0s\0o\0l\0e\0t\0e\0>\0>\0>";
    const size_t link = der_open(out);

    der_put(out, DER_FIELD, name, sizeof name - 1);
    der_close(out, DER_FIELD_OF + 2, link);
}

static void write_image_data(Text *out, const SignaturePlan *plan, const PeFile *image)
{
    const bool cabinet = plan->flaw == FLAW_IMAGE_TYPE;
    const size_t type = der_open(out);
    size_t data = 0, file = 0;

    der_oid(out, cabinet ? OID_SPC_CAB_DATA : OID_SPC_PE_IMAGE_DATA);
    data = der_open(out);
    der_put(out, DER_BIT_STRING, "", 1);
    file = der_open(out);
    if (plan->pages == PAGES_NONE)
        write_obsolete_file(out);
    else
        write_moniker(out, plan, image);
    der_close(out, DER_FIELD_OF, file);
    der_close(out, DER_SEQUENCE, data);
    der_close(out, DER_SEQUENCE, type);
}

static size_t hash_image(const PeFile *image, const char *digest, uint8_t out[DER_DIGEST_MOST])
{
    CLEANUP_TEXT Text covered = {0};
    PeSpan spans[PE_COVERED_SPANS];

    pe_covered(image, spans);
    for (int i = 0; i < PE_COVERED_SPANS; i++)
        text_append_bytes(&covered, spans[i].at, spans[i].length);
    return der_digest(digest, covered.bytes, covered.length, out);
}

static void write_digest(Text *out, const SignaturePlan *plan, const PeFile *image)
{
    uint8_t bytes[DER_DIGEST_MOST + 1] = {0};
    size_t size = hash_image(image, digest_of(plan), bytes);
    const size_t info = der_open(out);

    if (plan->flaw == FLAW_DIGEST_VALUE)
        bytes[size - 1] ^= 1;
    if (plan->flaw == FLAW_DIGEST_EMPTY)
        size = 0;
    else if (plan->flaw == FLAW_DIGEST_SHORT)
        size--;
    else if (plan->flaw == FLAW_DIGEST_LONG)
        bytes[size++] = 0;
    der_algorithm(out, plan->flaw == FLAW_DIGEST_UNKNOWN ? OID_NOBODY_KNOWS : digest_of(plan));
    der_put(out, DER_OCTET_STRING, bytes, size);
    der_close(out, DER_SEQUENCE, info);
}

void indirect_data_make(const PeFile *image, const SignaturePlan *plan, Text *out)
{
    const size_t content = der_open(out);

    write_image_data(out, plan, image);
    write_digest(out, plan, image);
    der_close(out, DER_SEQUENCE, content);
}
