#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_token_is_of_letters_and_digits_and_of_its_length(void **state)
{
    Error err = {0};

    (void)state;
    for (size_t length = 0; length <= 100; length++) {
        char token[102];

        memset(token, '#', sizeof token);
        assert_true(random_token(token, length, &err));
        assert_int_equal(strlen(token), length);
        assert_int_equal(strspn(token, "abcdefghijklmnopqrstuvwxyz0123456789"), length);
        assert_int_equal(token[length + 1], '#');
    }
}

static void no_two_tokens_are_the_same(void **state)
{
    char a[33], b[33];
    Error err = {0};

    (void)state;
    assert_true(random_token(a, 32, &err));
    assert_true(random_token(b, 32, &err));
    assert_string_not_equal(a, b);
}

static void a_number_below_stays_below_and_reaches_all(void **state)
{
    bool seen[6] = {false};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t number = random_below(6);

        assert_true(number < 6);
        seen[number] = true;
    }
    for (size_t i = 0; i < 6; i++)
        assert_true(seen[i]); /* to miss one has odds of 1 to 10^791 */
    assert_int_equal(random_below(0), 0);
    assert_int_equal(random_below(1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_below(UINT64_MAX / 2 + 2) < UINT64_MAX / 2 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_of_letters_and_digits_and_of_its_length),
        cmocka_unit_test(no_two_tokens_are_the_same),
        cmocka_unit_test(a_number_below_stays_below_and_reaches_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
