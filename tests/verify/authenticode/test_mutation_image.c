/* Every bit of the headers of a signed program, and bits of all the rest before its signature: a
 * program of which one covered bit was turned is never valid. The certificate table has its own
 * test: test_mutation_table.c. */
#include "tests/verify/authenticode/mutant.h"

static bool is_checksum(const PeFile *file, size_t at)
{
    return at >= file->checksum_at && at < file->checksum_at + 4;
}

static bool is_directory(const PeFile *file, size_t at)
{
    return at >= file->directory_at && at < file->directory_at + 8;
}

/* The checksum covers nothing and is covered by nothing; the directory entry is not covered, but
 * says where the signature is. */
static void expect(Mutant *mutant, size_t at, uint8_t mask)
{
    const AuthenticodeVerdict verdict = mutant_turn(mutant, at, mask);
    const bool free_byte = is_checksum(&mutant->scene.file, at);

    if ((verdict.status == AUTHENTICODE_VALID) != free_byte)
        fail_msg("byte %zu, bits 0x%02x: %s: %s", at, mask, verdict.code, verdict.reason);
    if (!free_byte && !is_directory(&mutant->scene.file, at) && strcmp(verdict.code, "ok") == 0)
        fail_msg("byte %zu, bits 0x%02x: refused as \"ok\"", at, mask);
}

static void no_bit_of_the_headers_may_be_turned_but_those_of_the_checksum(void **state)
{
    CLEANUP_MUTANT Mutant mutant = mutant_open(&(SignaturePlan){.digest = NULL}, false);
    const size_t end = mutant.scene.file.sections_at + (size_t)2 * 40;

    (void)state;
    for (size_t at = 0; at < end; at++)
        for (unsigned bit = 0; bit < 8; bit++)
            expect(&mutant, at, (uint8_t)(1U << bit));
}

static void no_sampled_bit_of_the_rest_may_be_turned(void **state)
{
    CLEANUP_MUTANT Mutant mutant = mutant_open(&(SignaturePlan){.digest = NULL}, false);
    const PeFile *file = &mutant.scene.file;
    const size_t headers = file->sections_at + (size_t)2 * 40;

    (void)state;
    for (size_t at = headers; at < file->table_at; at += 5)
        expect(&mutant, at, (uint8_t)(1U << at % 8));
    expect(&mutant, file->table_at - 1, 0x01);
}

static void page_hashes_change_nothing_about_that(void **state)
{
    CLEANUP_MUTANT Mutant mutant = mutant_open(&(SignaturePlan){.pages = PAGES_RIGHT}, false);

    (void)state;
    for (size_t at = 0; at < mutant.scene.file.table_at; at += 3)
        expect(&mutant, at, 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_bit_of_the_headers_may_be_turned_but_those_of_the_checksum),
        cmocka_unit_test(no_sampled_bit_of_the_rest_may_be_turned),
        cmocka_unit_test(page_hashes_change_nothing_about_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
