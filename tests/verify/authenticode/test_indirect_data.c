/* Tests of verify/authenticode/indirect_data.c: each way in which SpcIndirectDataContent can be
 * something else. Source: Microsoft, "Windows Authenticode Portable Executable Signature Format",
 * SpcIndirectDataContent, SpcPeImageData, SpcLink, SpcSerializedObject. */
#include "verify/authenticode/indirect_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/der.h"

#define OID_PE_IMAGE "1.3.6.1.4.1.311.2.1.15"
#define OID_PAGES_V2 "1.3.6.1.4.1.311.2.3.2"

static const uint8_t class_of_pages[16] = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                           0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};

/* What to write; zeros are a good one without page hashes. */
typedef struct ContentPlan {
    const char *type; /* NULL: a program */
    bool no_data, no_value, no_flags, unknown_part, no_digest, more_behind, more_in_digest;
    bool digest_parameters; /* the algorithm has parameters other than NULL */
    const char *algorithm;  /* NULL: sha256 */
    bool link_as_file;      /* "<<<Obsolete>>>", as signtool writes it */
    bool pages;             /* a serialized object with page hashes */
    const char *pages_type; /* NULL: version 2 */
    bool class_unknown, class_missing, table_missing, tables_two, pages_no_set;
} ContentPlan;

static void write_table(const ContentPlan *plan, Text *out)
{
    const size_t attribute = der_open(out);
    size_t values = 0;

    der_oid(out, plan->pages_type ? plan->pages_type : OID_PAGES_V2);
    values = der_open(out);
    if (!plan->table_missing)
        der_put(out, DER_OCTET_STRING, "\0\0\0\0table", 9);
    if (plan->tables_two)
        der_put(out, DER_OCTET_STRING, "\0\0\0\0table", 9);
    der_close(out, DER_SET, values);
    der_close(out, DER_SEQUENCE, attribute);
}

static void write_moniker(const ContentPlan *plan, Text *out)
{
    static const uint8_t other[16] = {1};
    const size_t moniker = der_open(out);
    size_t serialized = 0;
    size_t set = 0;

    if (!plan->class_missing)
        der_put(out, DER_OCTET_STRING, plan->class_unknown ? other : class_of_pages, 16);
    serialized = der_open(out);
    set = der_open(out);
    write_table(plan, out);
    der_close(out, plan->pages_no_set ? DER_SEQUENCE : DER_SET, set);
    der_close(out, DER_OCTET_STRING, serialized);
    der_close(out, DER_FIELD_OF + 1, moniker);
}

static void write_image_data(const ContentPlan *plan, Text *out)
{
    const size_t image = der_open(out);
    size_t file = 0;

    if (!plan->no_flags)
        der_put(out, DER_BIT_STRING, "\0", 1);
    if (plan->link_as_file || plan->pages) {
        file = der_open(out);
        if (plan->pages)
            write_moniker(plan, out);
        else
            der_put(out, DER_FIELD_OF + 2, "\x80\0", 2);
        der_close(out, DER_FIELD_OF, file);
    }
    if (plan->unknown_part)
        der_integer(out, 7);
    der_close(out, DER_SEQUENCE, image);
}

static void write_data(const ContentPlan *plan, Text *out)
{
    const size_t data = der_open(out);

    der_oid(out, plan->type ? plan->type : OID_PE_IMAGE);
    if (!plan->no_value)
        write_image_data(plan, out);
    der_close(out, DER_SEQUENCE, data);
}

static void write_algorithm(const ContentPlan *plan, Text *out)
{
    const size_t algorithm = der_open(out);

    der_oid(out, plan->algorithm ? plan->algorithm : "SHA256");
    if (plan->digest_parameters)
        der_integer(out, 1);
    der_close(out, DER_SEQUENCE, algorithm);
}

static void write_digest(const ContentPlan *plan, Text *out)
{
    static const uint8_t digest[32] = {0xd1};
    const size_t info = der_open(out);

    write_algorithm(plan, out);
    der_put(out, DER_OCTET_STRING, digest, sizeof digest);
    if (plan->more_in_digest)
        der_integer(out, 7);
    der_close(out, DER_SEQUENCE, info);
}

static Text content_of(const ContentPlan *plan)
{
    Text out = {0};
    const size_t content = der_open(&out);

    if (!plan->no_data)
        write_data(plan, &out);
    if (!plan->no_digest)
        write_digest(plan, &out);
    if (plan->more_behind)
        der_integer(&out, 7);
    der_close(&out, DER_SEQUENCE, content);
    return out;
}

static Code parse(const Text *content, IndirectData *out)
{
    Finding finding = {0};
    const bool parsed =
        indirect_data_parse((const uint8_t *)content->bytes, content->length, out, &finding);

    assert_int_equal(parsed, finding.code == CODE_OK);
    assert_int_equal(finding.failed, ERR_NONE);
    return finding.code;
}

typedef struct ContentCase {
    const char *name;
    Code code;
    ContentPlan plan;
} ContentCase;

#define ROW(name, code, ...)                                                                       \
    {                                                                                              \
        name, code,                                                                                \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const ContentCase content_cases[] = {
    ROW("as osslsigncode and signtool write it", CODE_OK, .link_as_file = true),
    ROW("no link", CODE_OK, .link_as_file = false),
    ROW("no flags: they have a default", CODE_OK, .no_flags = true),
    ROW("page hashes, version 2", CODE_OK, .pages = true),
    ROW("page hashes, version 1", CODE_OK, .pages = true, .pages_type = "1.3.6.1.4.1.311.2.3.1"),
    ROW("no data", CODE_INDIRECT_DATA, .no_data = true),
    ROW("about a CAB file", CODE_INDIRECT_DATA, .type = "1.3.6.1.4.1.311.2.1.25"),
    ROW("about an MSI file", CODE_INDIRECT_DATA, .type = "1.3.6.1.4.1.311.2.1.30"),
    ROW("as sbsign once wrote it", CODE_INDIRECT_DATA, .type = "1.3.6.1.4.1.311.2.1.21"),
    ROW("a type without its value", CODE_INDIRECT_DATA, .no_value = true),
    ROW("an unknown part", CODE_INDIRECT_DATA, .unknown_part = true),
    ROW("an unknown part behind the link", CODE_INDIRECT_DATA, .link_as_file = true,
        .unknown_part = true),
    ROW("no digest", CODE_INDIRECT_DATA, .no_digest = true),
    ROW("something behind the digest's octets", CODE_INDIRECT_DATA, .more_in_digest = true),
    ROW("something behind the digest", CODE_INDIRECT_DATA, .more_behind = true),
    ROW("an object of an unknown class", CODE_INDIRECT_DATA, .pages = true, .class_unknown = true),
    ROW("an object without a class", CODE_INDIRECT_DATA, .pages = true, .class_missing = true),
    ROW("page hashes of an unknown version", CODE_PAGE_HASHES, .pages = true,
        .pages_type = "1.3.6.1.4.1.311.2.3.3"),
    ROW("page hashes without a table", CODE_PAGE_HASHES, .pages = true, .table_missing = true),
    ROW("page hashes with two tables", CODE_PAGE_HASHES, .pages = true, .tables_two = true),
    ROW("page hashes in no set", CODE_PAGE_HASHES, .pages = true, .pages_no_set = true),
};

static void content_that_is_not_as_specified_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof content_cases / sizeof content_cases[0]; i++) {
        CLEANUP_TEXT Text content = content_of(&content_cases[i].plan);
        IndirectData data = {0};

        print_message("%s\n", content_cases[i].name);
        assert_int_equal(parse(&content, &data), content_cases[i].code);
    }
}

static void what_it_says_is_taken_from_where_it_stands(void **state)
{
    CLEANUP_TEXT Text content = content_of(&(ContentPlan){.pages = true});
    IndirectData data = {0};

    (void)state;
    assert_int_equal(parse(&content, &data), CODE_OK);
    assert_string_equal(data.algorithm->name, "sha256");
    assert_string_equal(data.algorithm_name, "sha256");
    assert_int_equal(data.digest_length, 32);
    assert_int_equal(data.digest[0], 0xd1);
    assert_string_equal(data.page_algorithm->name, "sha256");
    assert_int_equal(data.page_table_length, 9);
    assert_memory_equal(data.page_table + 4, "table", 5);
}

static void a_digest_that_we_do_not_know_is_said_to_be_none(void **state)
{
    static const ContentPlan plans[] = {
        {.algorithm = "1.3.6.1.4.1.99999.1"},
        {.algorithm = "SHA224"},
        {.digest_parameters = true},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        CLEANUP_TEXT Text content = content_of(&plans[i]);
        IndirectData data = {0};

        assert_int_equal(parse(&content, &data), CODE_OK); /* the judgement refuses it */
        assert_null(data.algorithm);
        assert_true(strlen(data.algorithm_name) > 0);
    }
}

static void every_cut_of_it_is_refused(void **state)
{
    CLEANUP_TEXT Text content = content_of(&(ContentPlan){.pages = true});

    (void)state;
    for (size_t length = 0; length < content.length; length++) {
        uint8_t *cut = malloc(length + 1); /* of its own size, for the address sanitizer */
        IndirectData data = {0};
        Finding finding = {0};

        assert_non_null(cut);
        memcpy(cut, content.bytes, length);
        assert_false(indirect_data_parse(cut, length, &data, &finding));
        assert_int_equal(finding.code, CODE_INDIRECT_DATA);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_that_is_not_as_specified_is_refused),
        cmocka_unit_test(what_it_says_is_taken_from_where_it_stands),
        cmocka_unit_test(a_digest_that_we_do_not_know_is_said_to_be_none),
        cmocka_unit_test(every_cut_of_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
