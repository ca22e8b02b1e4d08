/* Every byte of the certificate table of a signed and stamped program, where a timestamp is
 * demanded: one that was changed is none, or says the same. */
#include "tests/verify/authenticode/mutant.h"

static void a_timestamp_with_a_changed_byte_is_none_or_says_the_same(void **state)
{
    CLEANUP_MUTANT Mutant mutant = mutant_open(&(SignaturePlan){.digest = NULL}, true);
    const PeFile *file = &mutant.scene.file;
    size_t refused = 0;

    (void)state;
    assert_int_equal(mutant.whole.time_source, TIME_RFC3161);
    for (size_t at = file->table_at; at < file->length; at++) {
        const AuthenticodeVerdict verdict = mutant_turn(&mutant, at, (uint8_t)(1U << at % 8));

        if (verdict.status == AUTHENTICODE_VALID)
            mutant_expect_same(&mutant, &verdict);
        refused += verdict.status == AUTHENTICODE_INVALID;
    }
    assert_true(refused * 10 > (file->length - file->table_at) * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timestamp_with_a_changed_byte_is_none_or_says_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
