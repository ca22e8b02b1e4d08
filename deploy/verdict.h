/* verdict: is the new release worse than it may be, or than the old one was? Arithmetic alone; how
 * often the rules are wrong is measured in tests/deploy/test_verdict.c.
 *
 * Errors. Allowed is watch.max_error_rate or the rate of the old release, whichever is higher: a
 * release is not to blame for what failed before it. Worse are more failures than the allowed rate
 * p explains by chance: more than n*p + 1 + 3*sqrt(n*p*(1-p)) of n requests. Fewer than
 * watch.min_requests, or a rate above the allowed one that chance explains, is inconclusive.
 * In a watch that looks 50 times a release whose rate is the bound of 1 % is sent back in 0.3 to
 * 2.6 % of all watches; one with 5 % in 28 % of those with 50 requests, 86 % with 200, all with
 * 1000.
 *
 * Latency. Worse is a p95 above that of the old release by more than watch.max_p95_increase, by
 * more than 10 ms, and by more than two standard errors of the two p95: answers that are spread
 * widely have a p95 that differs by itself. How widely, the distance between the median and the p95
 * of the old release says, as it is where the logarithm of latency is normal: sigma =
 * ln(p95/p50)/1.645, standard error of ln(p95) = 2.115*sigma/sqrt(n). Above the bound, but not by
 * so much, is inconclusive, as are fewer than 200 answers of either (a p95 is only a figure where
 * some answers lie above it, ten of 200), or fewer than watch.min_requests.
 * With a bound of 25 % two releases that are alike are told apart by mistake in up to 0.9 % of all
 * watches (sigma 0.3 to 1.5, 200 to 1000 answers; 25 % without the standard errors); a p95 that has
 * doubled is seen in 60 % with 200 answers of sigma 1, 91 % with 500. */
#ifndef GODEPLOY_DEPLOY_VERDICT_H
#define GODEPLOY_DEPLOY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum Verdict { VERDICT_WITHIN, VERDICT_WORSE, VERDICT_INCONCLUSIVE } Verdict;

/* What one release did while it was looked at. */
typedef struct VerdictFigures {
    int64_t requests;
    int64_t failed;
    int64_t latency_count;
    int64_t p50_us, p95_us; /* -1 where nothing was measured */
} VerdictFigures;

/* The rate that `new` may have: `bound_ppm`, or that of `old` where that is known and higher. */
int64_t verdict_allowed_ppm(const VerdictFigures *old, int64_t bound_ppm, int64_t least_requests);

Verdict verdict_of_errors(const VerdictFigures *new, int64_t allowed_ppm, int64_t least_requests);

Verdict verdict_of_latency(const VerdictFigures *new, const VerdictFigures *old,
                           int64_t most_increase_ppm, int64_t least_requests);

const char *verdict_name(Verdict verdict); /* "within bounds"; static */

#endif
