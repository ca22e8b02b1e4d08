/* See verdict.h. */
#include "deploy/verdict.h"

#include <math.h>

/* A p95 that grows from 0.3 ms to 0.6 ms has doubled and hurts nobody. */
enum { LATENCY_NOISE_US = 10000, LATENCY_SAMPLES_LEAST = 200, MILLION = 1000000, SIGMAS = 3 };

int64_t verdict_allowed_ppm(const VerdictFigures *old, int64_t bound_ppm, int64_t least_requests)
{
    int64_t rate = 0;

    if (old->requests < least_requests || old->requests == 0)
        return bound_ppm;
    rate = old->failed * MILLION / old->requests;
    return rate > bound_ppm ? rate : bound_ppm;
}

/* One failure more than the mean and three standard deviations: a count is not as even as the
 * normal distribution, the less so the smaller it is. */
static bool chance_explains_errors(const VerdictFigures *figures, int64_t allowed_ppm)
{
    double count = (double)figures->requests;
    double share = (double)allowed_ppm / MILLION;
    double excess = (double)figures->failed - count * share - 1;

    return excess <= 0 || excess * excess <= SIGMAS * SIGMAS * count * share * (1.0 - share);
}

Verdict verdict_of_errors(const VerdictFigures *new, int64_t allowed_ppm, int64_t least_requests)
{
    if (new->requests < least_requests || new->requests == 0)
        return VERDICT_INCONCLUSIVE;
    if ((double)new->failed * MILLION <= (double)new->requests *(double)allowed_ppm)
        return VERDICT_WITHIN;
    return chance_explains_errors(new, allowed_ppm) ? VERDICT_INCONCLUSIVE : VERDICT_WORSE;
}

static bool has_p95(const VerdictFigures *figures, int64_t least_requests)
{
    return figures->p95_us >= 0 && figures->latency_count >= LATENCY_SAMPLES_LEAST &&
           figures->latency_count >= least_requests;
}

/* By which factor a p95 may differ by itself; see verdict.h. 1 where the spread is not known. */
static double chance_of_p95(const VerdictFigures *new, const VerdictFigures *old)
{
    double spread = 0;

    if (old->p50_us <= 0 || old->p95_us <= old->p50_us)
        return 1;
    spread = log((double)old->p95_us / (double)old->p50_us) / 1.645;
    return exp(2 * 2.115 * spread *
               sqrt(1.0 / (double)new->latency_count + 1.0 / (double)old->latency_count));
}

Verdict verdict_of_latency(const VerdictFigures *new, const VerdictFigures *old,
                           int64_t most_increase_ppm, int64_t least_requests)
{
    double most = (double)old->p95_us * (1.0 + (double)most_increase_ppm / MILLION);

    if (!has_p95(new, least_requests) || !has_p95(old, least_requests))
        return VERDICT_INCONCLUSIVE;
    if ((double)new->p95_us <= most || new->p95_us - old->p95_us <= LATENCY_NOISE_US)
        return VERDICT_WITHIN;
    return (double)new->p95_us > most *chance_of_p95(new, old) ? VERDICT_WORSE
                                                               : VERDICT_INCONCLUSIVE;
}

const char *verdict_name(Verdict verdict)
{
    switch (verdict) {
    case VERDICT_WITHIN:
        return "within bounds";
    case VERDICT_WORSE:
        return "worse";
    case VERDICT_INCONCLUSIVE:
        break;
    }
    return "inconclusive";
}
