/* Tests verify/authenticode/second_rule.c: what Windows answers for each signature of a file, and
 * what follows. Numbers are those of winerror.h and of CERT_TRUST_STATUS in wincrypt.h. */
#include "verify/authenticode/second_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define GOOD                                                                                       \
    {                                                                                              \
        .has_chain = true, .is_for_code = true                                                     \
    }
#define CHAIN(status)                                                                              \
    {                                                                                              \
        .has_chain = true, .is_for_code = true, .trust_status = (status)                           \
    }
#define SAYS(number)                                                                               \
    {                                                                                              \
        .result = (number)                                                                         \
    }

enum { MOST = 3 };

typedef struct Case {
    bool trusted;
    const char *words;
    size_t count;
    SecondAnswer answers[MOST];
} Case;

#define ROW(trusted, words, ...)                                                                   \
    {trusted, words, sizeof(SecondAnswer[]){__VA_ARGS__} / sizeof(SecondAnswer), {__VA_ARGS__}},

/* clang-format off */
static const Case cases[] = {
    ROW(true, "Windows trusts it", GOOD)
    ROW(false, "WinVerifyTrust says 0x800b0100", SAYS(0x800b0100)) /* TRUST_E_NOSIGNATURE */
    ROW(false, "WinVerifyTrust says 0x80096010", SAYS(0x80096010)) /* TRUST_E_BAD_DIGEST */
    ROW(false, "TrustStatus 0x20", CHAIN(0x20)) /* untrusted root */
    ROW(false, "TrustStatus 0x1", CHAIN(0x1)) /* not in time */
    ROW(false, "shows no chain", {.is_for_code = true})
    ROW(false, "not meant for code", {.has_chain = true})
    /* one of several is enough, wherever it stands, if the others are whole */
    ROW(true, "Windows trusts it", GOOD, GOOD)
    ROW(true, "Windows trusts it", SAYS(0x800b0101), GOOD) /* CERT_E_EXPIRED */
    ROW(true, "Windows trusts it", GOOD, SAYS(0x800b0109)) /* CERT_E_UNTRUSTEDROOT */
    ROW(true, "Windows trusts it", GOOD, CHAIN(0x20))
    ROW(true, "Windows trusts it", SAYS(0x80096005), GOOD) /* TRUST_E_TIME_STAMP */
    ROW(true, "Windows trusts it", SAYS(0x800b010c), CHAIN(0x1), GOOD) /* CERT_E_REVOKED */
    ROW(false, "WinVerifyTrust says 0x800b0101", SAYS(0x800b0101), CHAIN(0x20))
    /* none may be broken, or distrusted by name */
    ROW(false, "0x80096010 (nested signature 1)", GOOD, SAYS(0x80096010))
    ROW(false, "0x80096010", SAYS(0x80096010), GOOD)
    ROW(false, "0x80096004 (nested signature 2)", GOOD, GOOD, SAYS(0x80096004)) /* TRUST_E_CERT_SIGNATURE */
    ROW(false, "0x80090006 (nested signature 1)", GOOD, SAYS(0x80090006)) /* NTE_BAD_SIGNATURE */
    ROW(false, "0x800b0111 (nested signature 1)", GOOD, SAYS(0x800b0111)) /* TRUST_E_EXPLICIT_DISTRUST */
    ROW(false, "0x800b010b (nested signature 1)", GOOD, SAYS(0x800b010b)) /* TRUST_E_FAIL */
    ROW(false, "0x800b0100 (nested signature 1)", GOOD, SAYS(0x800b0100))
};
/* clang-format on */

static void none_may_be_broken_and_one_must_be_trusted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SecondVerdict verdict = {0};

        second_rule_judge(cases[i].answers, cases[i].count, &verdict);
        if (verdict.trusted != cases[i].trusted || !strstr(verdict.reason, cases[i].words))
            fail_msg("case %zu: %d \"%s\"", i, verdict.trusted, verdict.reason);
    }
}

static void windows_refuses_what_we_find_good_and_makes_nothing_good(void **state)
{
    const SecondVerdict no = {.reason = "Windows does not trust it"}, yes = {.trusted = true};
    AuthenticodeVerdict verdict = {.status = AUTHENTICODE_VALID, .code = "ok"};

    (void)state;
    second_rule_apply(&yes, &verdict);
    assert_int_equal(verdict.status, AUTHENTICODE_VALID);
    second_rule_apply(&no, &verdict);
    assert_int_equal(verdict.status, AUTHENTICODE_INVALID);
    assert_string_equal(verdict.code, "windows-refuses");
    assert_string_equal(verdict.reason, "its signature is good, and Windows does not trust it");
    verdict = (AuthenticodeVerdict){.status = AUTHENTICODE_UNSIGNED, .code = "unsigned"};
    second_rule_apply(&yes, &verdict);
    assert_int_equal(verdict.status, AUTHENTICODE_UNSIGNED);
    second_rule_apply(&no, &verdict);
    assert_string_equal(verdict.code, "unsigned");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_may_be_broken_and_one_must_be_trusted),
        cmocka_unit_test(windows_refuses_what_we_find_good_and_makes_nothing_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
