/* Tests deploy/verdict.c: the rule at its edges, and how often it is wrong: watches are played with
 * random requests of known rates, from fixed seeds, and the shares that verdict.h names are
 * counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deploy/verdict.h"

#include <math.h>
#include <stdlib.h>

enum { BOUND_PPM = 10000, LEAST = 20, INCREASE_PPM = 250000 };

/* ---- the edges ---- */

static const struct {
    int64_t requests, failed;
    Verdict expected;
} error_cases[] = {
    {0,     0,   VERDICT_INCONCLUSIVE}, /* fewer than LEAST: nothing is said */
    {19,    19,  VERDICT_INCONCLUSIVE},
    {20,    0,   VERDICT_WITHIN      },
    {20,    1,   VERDICT_INCONCLUSIVE}, /* 5 %, but chance explains 0.2 + 1 + 1.3 */
    {20,    2,   VERDICT_INCONCLUSIVE},
    {20,    3,   VERDICT_WORSE       },
    {1000,  10,  VERDICT_WITHIN      }, /* 1 % is what is allowed */
    {1000,  11,  VERDICT_INCONCLUSIVE},
    {1000,  20,  VERDICT_INCONCLUSIVE}, /* 10 + 1 + 9.4 */
    {1000,  21,  VERDICT_WORSE       },
    {10000, 100, VERDICT_WITHIN      },
    {10000, 130, VERDICT_INCONCLUSIVE}, /* 100 + 1 + 29.8 */
    {10000, 131, VERDICT_WORSE       },
};

static void errors_are_judged_by_rate_and_chance(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof error_cases / sizeof error_cases[0]; i++) {
        VerdictFigures new = {.requests = error_cases[i].requests, .failed = error_cases[i].failed};

        if (verdict_of_errors(&new, BOUND_PPM, LEAST) != error_cases[i].expected)
            fail_msg("%lld of %lld: %s", (long long)new.failed, (long long)new.requests,
                     verdict_name(verdict_of_errors(&new, BOUND_PPM, LEAST)));
    }
}

static void where_nothing_may_fail_a_second_failure_is_one_too_many(void **state)
{
    VerdictFigures one = {.requests = 1000, .failed = 1}, two = {.requests = 1000, .failed = 2};

    (void)state;
    assert_int_equal(verdict_of_errors(&one, 0, LEAST), VERDICT_INCONCLUSIVE);
    assert_int_equal(verdict_of_errors(&two, 0, LEAST), VERDICT_WORSE);
}

static void what_failed_before_is_allowed(void **state)
{
    const VerdictFigures well = {.requests = 1000, .failed = 1};
    const VerdictFigures ill = {.requests = 1000, .failed = 50};
    const VerdictFigures few = {.requests = 19, .failed = 19};

    (void)state;
    assert_int_equal(verdict_allowed_ppm(&well, BOUND_PPM, LEAST), BOUND_PPM);
    assert_int_equal(verdict_allowed_ppm(&ill, BOUND_PPM, LEAST), 50000);
    assert_int_equal(verdict_allowed_ppm(&few, BOUND_PPM, LEAST), BOUND_PPM);
    assert_int_equal(verdict_allowed_ppm(&(VerdictFigures){0}, BOUND_PPM, 0), BOUND_PPM);
}

static const struct {
    int64_t new_count, new_p95_us, old_count, old_p50_us, old_p95_us;
    Verdict expected;
} latency_cases[] = {
    {1000, 130000, 1000, -1,    100000, VERDICT_WORSE       }, /* the spread is not known */
    {1000, 125000, 1000, -1,    100000, VERDICT_WITHIN      },
    {1000, 130000, 1000, 20000, 100000, VERDICT_INCONCLUSIVE}, /* sigma 1: chance is a factor 1.2 */
    {1000, 155000, 1000, 20000, 100000, VERDICT_WORSE       },
    {199,  900000, 1000, -1,    100000, VERDICT_INCONCLUSIVE}, /* too few above a p95 */
    {1000, 900000, 199,  -1,    100000, VERDICT_INCONCLUSIVE},
    {1000, -1,     1000, -1,    100000, VERDICT_INCONCLUSIVE}, /* not measured */
    {1000, 900000, 1000, -1,    -1,     VERDICT_INCONCLUSIVE},
    {1000, 10600,  1000, -1,    600,    VERDICT_WITHIN      }, /* 10 ms hurt nobody */
    {1000, 10601,  1000, -1,    600,    VERDICT_WORSE       },
};

static void latency_is_judged_by_growth_and_spread(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof latency_cases / sizeof latency_cases[0]; i++) {
        VerdictFigures new = {.latency_count = latency_cases[i].new_count,
                              .p95_us = latency_cases[i].new_p95_us};
        VerdictFigures old = {.latency_count = latency_cases[i].old_count,
                              .p50_us = latency_cases[i].old_p50_us,
                              .p95_us = latency_cases[i].old_p95_us};

        if (verdict_of_latency(&new, &old, INCREASE_PPM, LEAST) != latency_cases[i].expected)
            fail_msg("case %zu: %s", i,
                     verdict_name(verdict_of_latency(&new, &old, INCREASE_PPM, LEAST)));
    }
}

/* ---- how often it is wrong ---- */

/* Marsaglia, Xorshift RNGs, 2003: the same numbers on every machine. */
static uint64_t dice;

static double random_share(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (double)(dice >> 11) / 9007199254740992.0;
}

enum { WATCHES = 1000, LOOKS = 50, DICE = 20030704 };

/* The share of watches in which a release of this rate is sent back at one look or another. */
static double sent_back(double rate, int requests)
{
    int back = 0;

    dice = DICE;
    for (int watch = 0; watch < WATCHES; watch++) {
        VerdictFigures new = {0};
        bool worse = false;

        for (int look = 0; look < LOOKS && !worse; look++) {
            for (int i = 0; i < requests / LOOKS; i++, new.requests++)
                new.failed += random_share() < rate;
            worse = verdict_of_errors(&new, BOUND_PPM, LEAST) == VERDICT_WORSE;
        }
        back += worse;
    }
    return (double)back / WATCHES;
}

static const struct {
    double rate;
    int requests;
    double least, most; /* of the watches that send it back */
} alarms[] = {
    {0.01, 50,    0,    0.030}, /* at the very bound: false alarms */
    {0.01, 200,   0,    0.030},
    {0.01, 1000,  0,    0.030},
    {0.01, 10000, 0,    0.030},
    {0.05, 50,    0.20, 1    }, /* five times the bound: what is seen */
    {0.05, 200,   0.80, 1    },
    {0.05, 1000,  0.99, 1    },
};

static void an_innocent_release_is_seldom_sent_back_and_a_guilty_one_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alarms / sizeof alarms[0]; i++) {
        double share = sent_back(alarms[i].rate, alarms[i].requests);

        print_message("errors: rate %.0f %%, bound 1 %%, %5d requests: sent back in %.1f %%\n",
                      100 * alarms[i].rate, alarms[i].requests, 100 * share);
        assert_true(share >= alarms[i].least && share <= alarms[i].most);
    }
}

enum { MOST_ANSWERS = 1000 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Log-normal, as latencies of services come near to (Box and Muller, 1958). */
static VerdictFigures answers(int count, double median_us, double sigma)
{
    static double took[MOST_ANSWERS];

    for (int i = 0; i < count; i++)
        took[i] = median_us * exp(sigma * sqrt(-2 * log(random_share() + 1e-300)) *
                                  cos(2 * 3.14159265358979 * random_share()));
    qsort(took, (size_t)count, sizeof took[0], by_size);
    return (VerdictFigures){.latency_count = count,
                            .p50_us = (int64_t)took[count / 2],
                            .p95_us = (int64_t)took[count * 95 / 100]};
}

static double found_slower(double sigma, int count, double factor)
{
    int worse = 0;

    dice = DICE;
    for (int watch = 0; watch < WATCHES; watch++) {
        VerdictFigures old = answers(count, 50000, sigma);
        VerdictFigures new = answers(count, 50000 * factor, sigma);

        worse += verdict_of_latency(&new, &old, INCREASE_PPM, LEAST) == VERDICT_WORSE;
    }
    return (double)worse / WATCHES;
}

static const struct {
    double sigma;
    int count;
    double factor;
    double least, most;
} slownesses[] = {
    {0.3, 200,  1, 0,    0.02}, /* alike: false alarms */
    {1.0, 200,  1, 0,    0.02},
    {1.5, 200,  1, 0,    0.02},
    {1.5, 1000, 1, 0,    0.02},
    {0.3, 200,  2, 0.99, 1   }, /* twice as slow: what is seen */
    {1.0, 200,  2, 0.45, 1   },
    {1.0, 500,  2, 0.85, 1   },
    {1.0, 1000, 2, 0.97, 1   },
};

static void releases_that_are_alike_are_seldom_told_apart_and_a_slow_one_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slownesses / sizeof slownesses[0]; i++) {
        double share = found_slower(slownesses[i].sigma, slownesses[i].count, slownesses[i].factor);

        print_message("latency: sigma %.1f, %4d answers each, %.0f times as slow: sent back in "
                      "%.1f %%\n",
                      slownesses[i].sigma, slownesses[i].count, slownesses[i].factor, 100 * share);
        assert_true(share >= slownesses[i].least && share <= slownesses[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_judged_by_rate_and_chance),
        cmocka_unit_test(where_nothing_may_fail_a_second_failure_is_one_too_many),
        cmocka_unit_test(what_failed_before_is_allowed),
        cmocka_unit_test(latency_is_judged_by_growth_and_spread),
        cmocka_unit_test(an_innocent_release_is_seldom_sent_back_and_a_guilty_one_is),
        cmocka_unit_test(releases_that_are_alike_are_seldom_told_apart_and_a_slow_one_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
