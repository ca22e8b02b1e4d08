/* See verdict.h. */
#include "deploy/verdict.h"

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

static bool chance_explains(const VerdictFigures *figures, int64_t allowed_ppm)
{
    double count = (double)figures->requests;
    double share = (double)allowed_ppm / MILLION;
    double excess = (double)figures->failed - count * share;

    return excess <= 0 || excess * excess <= SIGMAS * SIGMAS * count * share * (1.0 - share);
}

Verdict verdict_of_errors(const VerdictFigures *new, int64_t allowed_ppm, int64_t least_requests)
{
    if (new->requests < least_requests || new->requests == 0)
        return VERDICT_INCONCLUSIVE;
    if ((double)new->failed * MILLION <= (double)new->requests *(double)allowed_ppm)
        return VERDICT_WITHIN;
    return chance_explains(new, allowed_ppm) ? VERDICT_INCONCLUSIVE : VERDICT_WORSE;
}

static bool has_p95(const VerdictFigures *figures, int64_t least_requests)
{
    return figures->p95_us >= 0 && figures->latency_count >= LATENCY_SAMPLES_LEAST &&
           figures->latency_count >= least_requests;
}

Verdict verdict_of_latency(const VerdictFigures *new, const VerdictFigures *old,
                           int64_t most_increase_ppm, int64_t least_requests)
{
    int64_t growth = new->p95_us - old->p95_us;

    if (!has_p95(new, least_requests) || !has_p95(old, least_requests))
        return VERDICT_INCONCLUSIVE;
    return growth > LATENCY_NOISE_US &&
                   (double)growth * MILLION > (double)old->p95_us * (double)most_increase_ppm
               ? VERDICT_WORSE
               : VERDICT_WITHIN;
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
