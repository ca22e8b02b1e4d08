/* Tests verify/authenticode/certificate_table.c through pe_image.h: what may stand in the table
 * that no digest covers. */
#include "tests/verify/authenticode/pe_case.h"

/* ---- what is in the table ---- */

static void set_entry_length(PeFile *file, uint32_t length)
{
    pe_put32(file, file->table_at, length);
}

static void entry_of_zero_bytes(PeFile *file)
{
    set_entry_length(file, 0);
}

static void entry_of_seven_bytes(PeFile *file)
{
    set_entry_length(file, 7);
}

static void entry_longer_than_the_table(PeFile *file)
{
    set_entry_length(file, case_table_size(file) + 1);
}

static void entry_wrapping(PeFile *file)
{
    set_entry_length(file, 0xffffffff);
}

static void entry_shorter_than_the_table(PeFile *file)
{
    set_entry_length(file, case_table_size(file) - 8);
}

/* The file ends where the entry does, which the directory does not round up. */
static void size_not_rounded_up(PeFile *file)
{
    spoil_cut(file, file->length - 7);
    set_entry_length(file, case_table_size(file));
    spoil_directory(file, (uint32_t)file->table_at, case_table_size(file));
}

static void revision_1(PeFile *file)
{
    pe_put16(file, file->table_at + 4, 0x0100);
}

static void type_x509(PeFile *file)
{
    pe_put16(file, file->table_at + 6, 1);
}

static void type_ts_stack_signed(PeFile *file)
{
    pe_put16(file, file->table_at + 6, 4);
}

/* A table with `more` behind the entry that is there. */
static void grow_table(PeFile *file, const void *more, size_t length)
{
    pe_append(file, more, length);
    spoil_directory(file, (uint32_t)file->table_at, case_table_size(file));
}

static void second_entry(PeFile *file)
{
    const PeEntry entry = {0, PE_REVISION_2, PE_TYPE_PKCS7};
    uint8_t der[160];
    uint8_t bytes[8 + 160];

    write_der(der, sizeof der);
    pe_entry_write(&entry, der, sizeof der, bytes);
    grow_table(file, bytes, sizeof bytes);
}

static void eight_zeros_behind_the_entry(PeFile *file)
{
    grow_table(file, "\0\0\0\0\0\0\0", 8);
}

static void junk_behind_the_entry(PeFile *file)
{
    grow_table(file, "\xff\xff\xff\xffpayload!", 8);
}

static void fill_behind_the_entry_not_zero(PeFile *file)
{
    set_entry_length(file, 8 + DER_SIZE);
    file->bytes[file->length - 1] = 1;
}

/* CVE-2013-3900, CVE-2020-1599 (Zloader): data in the entry behind the signature. */
static void data_in_the_entry(PeFile *file)
{
    grow_table(file, "<script>", 8);
    set_entry_length(file, case_table_size(file));
}

static void eight_zeros_in_the_entry(PeFile *file)
{
    eight_zeros_behind_the_entry(file);
    set_entry_length(file, case_table_size(file));
}

static void fill_in_the_entry_not_zero(PeFile *file)
{
    file->bytes[file->length - 1] = 1;
}

static void first_fill_in_the_entry_not_zero(PeFile *file)
{
    file->bytes[file->length - 7] = 0x80;
}

/* ---- the DER in the entry ---- */

static void der_byte(PeFile *file, size_t index, uint8_t value)
{
    file->bytes[file->table_at + 8 + index] = value;
}

static void nothing_in_the_entry(PeFile *file)
{
    const PeEntry entry = {0, PE_REVISION_2, PE_TYPE_PKCS7};
    uint8_t table[8];

    pe_entry_write(&entry, NULL, 0, table);
    pe_attach_table(file, table, sizeof table);
}

static void a_set_instead_of_a_sequence(PeFile *file)
{
    der_byte(file, 0, 0x31);
}

static void indefinite_length(PeFile *file)
{
    der_byte(file, 1, 0x80);
}

static void length_with_a_leading_zero(PeFile *file)
{
    der_byte(file, 1, 0x83);
    der_byte(file, 2, 0);
}

static void long_form_for_a_short_length(PeFile *file)
{
    der_byte(file, 1, 0x81);
    der_byte(file, 2, 0x7f);
}

static void length_of_nine_bytes(PeFile *file)
{
    der_byte(file, 1, 0x89);
}

static void length_beyond_the_entry(PeFile *file)
{
    der_byte(file, 2, 0x04);
}

static void length_of_4_gib(PeFile *file)
{
    der_byte(file, 1, 0x84);
    der_byte(file, 2, 0xff);
    der_byte(file, 3, 0xff);
    der_byte(file, 4, 0xff);
    der_byte(file, 5, 0xff);
}

/* Within the 7 zeros that follow: those are not the signature's. */
static void length_into_the_fill(PeFile *file)
{
    set_entry_length(file, 8 + DER_SIZE);
    der_byte(file, 3, (uint8_t)(DER_SIZE - 4 + 1));
}

static void length_shorter_by_one(PeFile *file)
{
    der_byte(file, 3, (uint8_t)(DER_SIZE - 4 - 1));
}

/* ---- the table of cases ---- */

#define CASE PE_CASE
static const PeCase cases[] = {
    CASE(entry_of_zero_bytes, PE_ENTRY_SHORT, 0),
    CASE(entry_of_seven_bytes, PE_ENTRY_SHORT, 0),
    CASE(entry_longer_than_the_table, PE_ENTRY_LONG, 0),
    CASE(entry_wrapping, PE_ENTRY_LONG, 0),
    CASE(entry_shorter_than_the_table, PE_TABLE_SIZE, 0),
    CASE(size_not_rounded_up, PE_TABLE_SIZE, 0),
    CASE(revision_1, PE_ENTRY_REVISION, 0),
    CASE(type_x509, PE_ENTRY_TYPE, 0),
    CASE(type_ts_stack_signed, PE_ENTRY_TYPE, 0),
    CASE(second_entry, PE_ENTRIES_SEVERAL, 0),
    CASE(eight_zeros_behind_the_entry, PE_TABLE_SIZE, 0),
    CASE(junk_behind_the_entry, PE_TABLE_SIZE, 0),
    CASE(fill_behind_the_entry_not_zero, PE_TABLE_PADDING, 0),
    CASE(data_in_the_entry, PE_DATA_AFTER_DER, 0),
    CASE(eight_zeros_in_the_entry, PE_DATA_AFTER_DER, 0),
    CASE(fill_in_the_entry_not_zero, PE_DATA_AFTER_DER, 0),
    CASE(first_fill_in_the_entry_not_zero, PE_DATA_AFTER_DER, 0),
    CASE(nothing_in_the_entry, PE_DER_NONE, 0),
    CASE(a_set_instead_of_a_sequence, PE_DER_NONE, 0),
    CASE(indefinite_length, PE_DER_INDEFINITE, 0),
    CASE(length_with_a_leading_zero, PE_DER_NONE, 0),
    CASE(long_form_for_a_short_length, PE_DER_NONE, 0),
    CASE(length_of_nine_bytes, PE_DER_NONE, 0),
    CASE(length_beyond_the_entry, PE_DER_CUT, 0),
    CASE(length_of_4_gib, PE_DER_CUT, 0),
    CASE(length_into_the_fill, PE_DER_CUT, 0),
    CASE(length_shorter_by_one, PE_DATA_AFTER_DER, 0),
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void what_no_digest_covers_is_refused_with_a_code_of_its_own(void **state)
{
    (void)state;
    assert_cases(cases, CASES);
}

static void every_problem_of_the_table_has_a_case(void **state)
{
    (void)state;
    assert_has_cases(cases, CASES, PE_ENTRY_SHORT, PE_DATA_AFTER_DER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_digest_covers_is_refused_with_a_code_of_its_own),
        cmocka_unit_test(every_problem_of_the_table_has_a_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
