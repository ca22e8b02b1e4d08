/* Tests verify/authenticode/pe_layout.c through pe_image.h: where things are said to be, and must
 * not be. */
#include "tests/verify/authenticode/pe_case.h"

#include <stdlib.h>

/* ---- no program at all ---- */

static void empty(PeFile *file)
{
    spoil_cut(file, 0);
}

static void one_byte(PeFile *file)
{
    spoil_cut(file, 1);
}

static void text(PeFile *file)
{
    memcpy(file->bytes, "#!/bin/sh\n", 10);
}

static void swapped_mz(PeFile *file)
{
    memcpy(file->bytes, "ZM", 2);
}

static void only_mz(PeFile *file)
{
    spoil_cut(file, 2);
}

static void cut_before_e_lfanew_ends(PeFile *file)
{
    spoil_cut(file, 63);
}

static void e_lfanew_zero(PeFile *file)
{
    pe_put32(file, 60, 0);
}

static void e_lfanew_at_the_end(PeFile *file)
{
    pe_put32(file, 60, (uint32_t)file->length - 3);
}

static void e_lfanew_beyond_2_gib(PeFile *file)
{
    pe_put32(file, 60, 0x80000040);
}

static void e_lfanew_wrapping(PeFile *file)
{
    pe_put32(file, 60, 0xffffffff);
}

static void new_executable(PeFile *file)
{
    memcpy(file->bytes + file->optional_at - 24, "NE\0\0", 4);
}

static void signature_half_right(PeFile *file)
{
    memcpy(file->bytes + file->optional_at - 24, "PE\0\1", 4);
}

/* ---- headers ---- */

/* The same program with its PE header moved by `bytes`. */
static void move_header(PeFile *file, size_t bytes)
{
    const size_t at = pe_get32(file, 60);

    memmove(file->bytes + at + bytes, file->bytes + at, file->length - at - bytes);
    pe_put32(file, 60, (uint32_t)(at + bytes));
}

static void e_lfanew_odd(PeFile *file)
{
    move_header(file, 1);
}

static void e_lfanew_even(PeFile *file)
{
    move_header(file, 2);
}

static void e_lfanew_behind_64_kib(PeFile *file)
{
    pe_put32(file, 60, 65536 - 20);
}

static void cut_in_coff_header(PeFile *file)
{
    spoil_cut(file, file->optional_at - 1);
}

static void cut_in_optional_header(PeFile *file)
{
    spoil_cut(file, file->sections_at - 1);
}

static void cut_in_section_table(PeFile *file)
{
    spoil_cut(file, file->sections_at + 39);
}

static void too_many_sections(PeFile *file)
{
    pe_put16(file, file->optional_at - 18, 0xffff);
}

static void rom_image(PeFile *file)
{
    pe_put16(file, file->optional_at, 0x107);
}

static void optional_header_of_one_byte(PeFile *file)
{
    pe_put16(file, file->optional_at - 4, 1);
}

static void optional_header_without_directories(PeFile *file)
{
    pe_put16(file, file->optional_at - 4, 95);
}

static void optional_header_that_ends_before_entry_4(PeFile *file)
{
    pe_put16(file, file->optional_at - 4, 96 + 5 * 8 - 1);
}

/* ---- where the table lies ---- */

static void offset_zero(PeFile *file)
{
    spoil_directory(file, 0, case_table_size(file));
}

static void size_zero(PeFile *file)
{
    spoil_directory(file, (uint32_t)file->table_at, 0);
}

static void size_seven(PeFile *file)
{
    spoil_directory(file, (uint32_t)file->length - 7, 7);
}

static void offset_not_aligned(PeFile *file)
{
    spoil_directory(file, (uint32_t)file->table_at + 4, case_table_size(file) - 4);
}

static void over_the_dos_header(PeFile *file)
{
    spoil_directory(file, 8, (uint32_t)file->length - 8);
}

static void over_the_last_section_header(PeFile *file)
{
    const uint32_t at = (uint32_t)file->sections_at + 32;

    spoil_directory(file, at, (uint32_t)file->length - at);
}

static void over_the_section(PeFile *file)
{
    spoil_directory(file, (uint32_t)file->table_at - 8, case_table_size(file) + 8);
}

static void section_into_the_table(PeFile *file)
{
    pe_put32(file, file->sections_at + 16, 513);
}

static void section_wrapping_over_the_table(PeFile *file)
{
    pe_put32(file, file->sections_at + 16, 0xffffffff);
}

static void size_one_too_large(PeFile *file)
{
    spoil_directory(file, (uint32_t)file->table_at, case_table_size(file) + 1);
}

/* Offset plus size is the length of the file in 32 bits: nothing would be left to hash. */
static void end_wrapping_to_the_end_of_the_file(PeFile *file)
{
    const uint32_t at = 0xfffffff8;

    spoil_directory(file, at, (uint32_t)file->length - at);
}

/* MS12-024, CVE-2012-0151: an installer whose payload is behind its signature. */
static void data_behind_the_table(PeFile *file)
{
    pe_append(file, "payload!", 8);
}

static void one_byte_behind_the_table(PeFile *file)
{
    pe_append(file, "", 1);
}

static void table_too_large(PeFile *file)
{
    const size_t size = PE_SIGNATURE_MOST + 8;
    uint8_t *table = calloc(1, size);

    assert_non_null(table);
    pe_attach_table(file, table, size);
    free(table);
}

/* ---- the table of cases ---- */

#define CASE PE_CASE
static const PeCase cases[] = {
    CASE(empty, PE_NOT_MZ, 0),
    CASE(one_byte, PE_NOT_MZ, 0),
    CASE(text, PE_NOT_MZ, 0),
    CASE(swapped_mz, PE_NOT_MZ, 0),
    CASE(only_mz, PE_MZ_SHORT, 0),
    CASE(cut_before_e_lfanew_ends, PE_MZ_SHORT, 0),
    CASE(e_lfanew_zero, PE_MZ_ONLY, 0),
    CASE(e_lfanew_at_the_end, PE_MZ_ONLY, 0),
    CASE(e_lfanew_beyond_2_gib, PE_MZ_ONLY, 0),
    CASE(e_lfanew_wrapping, PE_MZ_ONLY, 0),
    CASE(new_executable, PE_MZ_ONLY, 0),
    CASE(signature_half_right, PE_MZ_ONLY, 0),
    CASE(e_lfanew_odd, PE_HEADER_MISALIGNED, .plus = true),
    CASE(e_lfanew_even, PE_HEADER_MISALIGNED, .plus = true),
    CASE(e_lfanew_behind_64_kib, PE_HEADERS_FAR, .section_size = 70000),
    CASE(cut_in_coff_header, PE_HEADERS_CUT, 0),
    CASE(cut_in_optional_header, PE_HEADERS_CUT, .plus = true),
    CASE(cut_in_section_table, PE_HEADERS_CUT, 0),
    CASE(too_many_sections, PE_HEADERS_CUT, 0),
    CASE(rom_image, PE_MAGIC_UNKNOWN, 0),
    CASE(optional_header_of_one_byte, PE_OPTIONAL_SHORT, 0),
    CASE(optional_header_without_directories, PE_OPTIONAL_SHORT, 0),
    CASE(optional_header_that_ends_before_entry_4, PE_OPTIONAL_SHORT, 0),
    CASE(offset_zero, PE_TABLE_NO_OFFSET, 0),
    CASE(size_zero, PE_TABLE_SMALL, 0),
    CASE(size_seven, PE_TABLE_SMALL, .plus = true),
    CASE(offset_not_aligned, PE_TABLE_MISALIGNED, 0),
    CASE(over_the_dos_header, PE_TABLE_OVER_HEADERS, .plus = true),
    CASE(over_the_last_section_header, PE_TABLE_OVER_HEADERS, .plus = true),
    CASE(over_the_section, PE_TABLE_OVER_SECTION, 0),
    CASE(section_into_the_table, PE_TABLE_OVER_SECTION, 0),
    CASE(section_wrapping_over_the_table, PE_TABLE_OVER_SECTION, .plus = true),
    CASE(size_one_too_large, PE_TABLE_BEYOND_END, 0),
    CASE(end_wrapping_to_the_end_of_the_file, PE_TABLE_BEYOND_END, 0),
    CASE(data_behind_the_table, PE_DATA_AFTER_TABLE, 0),
    CASE(one_byte_behind_the_table, PE_DATA_AFTER_TABLE, 0),
    CASE(table_too_large, PE_TABLE_LARGE, 0),
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void what_contradicts_the_file_is_refused_with_a_code_of_its_own(void **state)
{
    (void)state;
    assert_cases(cases, CASES);
}

/* That of PE_FILE_LARGE is in test_pe_large.c. */
static void every_problem_of_the_layout_has_a_case(void **state)
{
    (void)state;
    assert_has_cases(cases, CASES, PE_NOT_MZ, PE_OPTIONAL_SHORT);
    assert_has_cases(cases, CASES, PE_TABLE_NO_OFFSET, PE_DATA_AFTER_TABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_contradicts_the_file_is_refused_with_a_code_of_its_own),
        cmocka_unit_test(every_problem_of_the_layout_has_a_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
