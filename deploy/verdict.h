/* verdict: is the new release worse than it may be, or than the old one was? Arithmetic alone; the
 * rules and how often they are wrong are measured in tests/deploy/test_verdict.c.
 *
 * Errors. Allowed is watch.max_error_rate or the rate of the old release, whichever is higher: a
 * release is not to blame for what failed before it. Worse are more failures than the allowed rate
 * explains by chance: n*p + 3*sqrt(n*p*(1-p)) of n requests. Fewer than watch.min_requests, or a
 * rate above the allowed one that chance explains, is inconclusive.
 *
 * Latency. Worse is a p95 above that of the old release by more than watch.max_p95_increase and by
 * more than 10 ms. With fewer than 200 answers of either, or than
 * watch.min_requests, it is inconclusive: a p95 is only a figure
 * where some answers lie above it, ten of 200. */
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
    int64_t p95_us; /* -1 where nothing was measured */
} VerdictFigures;

/* The rate that `new` may have: `bound_ppm`, or that of `old` where that is known and higher. */
int64_t verdict_allowed_ppm(const VerdictFigures *old, int64_t bound_ppm, int64_t least_requests);

Verdict verdict_of_errors(const VerdictFigures *new, int64_t allowed_ppm, int64_t least_requests);

Verdict verdict_of_latency(const VerdictFigures *new, const VerdictFigures *old,
                           int64_t most_increase_ppm, int64_t least_requests);

const char *verdict_name(Verdict verdict); /* "within bounds"; static */

#endif
