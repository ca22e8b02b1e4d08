/* Tests verify/version.c. Order: https://semver.org section 11 (its own examples first). */
#include "tests/verify/box.h"

#include "verify/version.h"

/* Each is older than the next. */
static const char *const ascending[] = {
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "2.1.1.1",
    "2.9.0",
    "2.10.0",
    "10.0.0",
    "2024.9.30",
    "2024.10.3",
    "2024.10.3.1",
    "2024.10.3.2",
    "20261123000102.0",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
};

static void each_version_of_the_row_is_older_than_all_behind_it(void **state)
{
    const size_t count = sizeof ascending / sizeof ascending[0];

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            const VersionOrder expected = i < k    ? VERSION_OLDER
                                          : i == k ? VERSION_SAME
                                                   : VERSION_NEWER;

            if (version_compare(ascending[i], ascending[k]) != expected)
                fail_msg("%s and %s", ascending[i], ascending[k]);
        }
}

typedef struct Pair {
    const char *a, *b;
} Pair;

static void spellings_of_one_version_are_of_equal_rank(void **state)
{
    static const Pair pairs[] = {
        {"1.0.0+a",      "1.0.0+b"      },
        {"1.0.0",        "1.0.0+b"      },
        {"v1.2.3",       "1.2.3"        },
        {"1.2",          "1.2.0"        },
        {"1",            "1.0.0.0"      },
        {"2024.01.03",   "2024.1.3"     },
        {"1.0.0-rc.1+x", "1.0.0-rc.1"   },
        {"1.0.0-a-b",    "1.0.0-a-b+c-d"},
        {"main-4f2a91c", "main-4f2a91c" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (version_compare(pairs[i].a, pairs[i].b) != VERSION_SAME ||
            version_compare(pairs[i].b, pairs[i].a) != VERSION_SAME)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
}

static void what_is_no_row_of_numbers_has_no_order(void **state)
{
    static const char *const unordered[] = {
        "main-4f2a91c", "4f2a91c", "latest", "1.x", "1.0.0-", "1.0.0+",   "1.0.0-a..b", "1..2",
        ".1",           "1.",      "v",      "",    "-1",     "1.0.0-+a", "vv1",        "1_0"};

    (void)state;
    for (size_t i = 0; i < sizeof unordered / sizeof unordered[0]; i++)
        if (version_compare(unordered[i], "1.0.0") != VERSION_UNORDERED ||
            version_compare("1.0.0", unordered[i]) != VERSION_UNORDERED)
            fail_msg("%s has an order", unordered[i]);
}

static void a_version_that_could_be_no_folder_is_refused(void **state)
{
    static const char *const refused[] = {
        "",    ".",   "..",   ".1",  "-1",  "--help", "1..2", "1.",        "a/b", "a\\b",
        "1 0", "1:0", "a\nb", "con", "NUL", "nul.1",  "com1", "1\xc3\xa4", "~1",  "1*"};
    char longest[VERSION_LENGTH_MOST + 2] = "";

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (version_is_valid(refused[i]))
            fail_msg("accepted: %s", refused[i]);
    memset(longest, '1', VERSION_LENGTH_MOST + 1);
    assert_false(version_is_valid(longest));
    assert_string_equal(version_problem(longest), "is longer than 100 characters");
    longest[VERSION_LENGTH_MOST] = '\0';
    assert_true(version_is_valid(longest));
}

static void usual_versions_are_valid(void **state)
{
    static const char *const valid[] = {
        "1.0.0", "v2.4.0", "1.0.0-rc.1+build.5", "2024.10.3.1", "main-4f2a91c", "_x", "+1", "1",
        "1-",    "console"};

    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        if (!version_is_valid(valid[i]))
            fail_msg("%s %s", valid[i], version_problem(valid[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_version_of_the_row_is_older_than_all_behind_it),
        cmocka_unit_test(spellings_of_one_version_are_of_equal_rank),
        cmocka_unit_test(what_is_no_row_of_numbers_has_no_order),
        cmocka_unit_test(a_version_that_could_be_no_folder_is_refused),
        cmocka_unit_test(usual_versions_are_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
