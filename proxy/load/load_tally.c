#include "proxy/load/load_tally.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

/* Latencies in buckets that grow with them: exact below 256 us, within 1/128 above. */
enum {
    SUB_BITS = 7,
    SUB_BUCKETS = 1 << SUB_BITS,
    MOST_BITS = 40, /* twelve days */
    BUCKETS = (MOST_BITS - SUB_BITS + 1) * SUB_BUCKETS,
    US_PER_MS = 1000
};

typedef struct Histogram {
    uint64_t counts[BUCKETS];
    uint64_t total;
    uint64_t max_us;
} Histogram;

struct LoadTally {
    LoadReport report; /* all but what load_tally_report() works out */
    int64_t start_us;
    int64_t last_ok_us; /* the start, before there was one */
    int64_t longest_gap_us;
    int64_t longest_gap_at_us;
    Histogram all;
    Histogram kinds[LOAD_KINDS];
};

static unsigned bits_of(uint64_t value)
{
    unsigned bits = 0;

    for (; value; value >>= 1)
        bits++;
    return bits;
}

static size_t bucket_of(uint64_t value)
{
    unsigned bits = bits_of(value);
    unsigned shift = bits > SUB_BITS + 1 ? bits - SUB_BITS - 1 : 0;

    return (size_t)shift * SUB_BUCKETS + (size_t)(value >> shift);
}

static uint64_t largest_in(size_t bucket)
{
    size_t shift = bucket < (size_t)2 * SUB_BUCKETS ? 0 : bucket / SUB_BUCKETS - 1;

    return (((uint64_t)(bucket - shift * SUB_BUCKETS) + 1) << shift) - 1;
}

static void histogram_add(Histogram *histogram, uint64_t value)
{
    const uint64_t most = (UINT64_C(1) << MOST_BITS) - 1;

    histogram->counts[bucket_of(value < most ? value : most)]++;
    histogram->total++;
    if (value > histogram->max_us)
        histogram->max_us = value;
}

static int64_t percentile(const Histogram *histogram, unsigned percent)
{
    uint64_t rank = (histogram->total * percent + 99) / 100;
    uint64_t seen = 0;

    if (rank == 0)
        return 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= rank) {
            uint64_t value = largest_in(i);

            return (int64_t)(value < histogram->max_us ? value : histogram->max_us);
        }
    }
    return (int64_t)histogram->max_us;
}

static LoadLatency latency_of(const Histogram *histogram)
{
    return (LoadLatency){
        .p50_us = percentile(histogram, 50),
        .p95_us = percentile(histogram, 95),
        .p99_us = percentile(histogram, 99),
        .max_us = (int64_t)histogram->max_us,
    };
}

LoadTally *load_tally_new(int64_t start_us)
{
    LoadTally *tally = calloc(1, sizeof(*tally));

    if (!tally)
        return NULL;
    tally->start_us = start_us;
    tally->last_ok_us = start_us;
    tally->report.started_wall_ms = clock_wall_ms();
    tally->report.first_failed_ms = -1;
    tally->report.last_failed_ms = -1;
    return tally;
}

void load_tally_free(LoadTally *tally)
{
    free(tally);
}

void load_tally_due(LoadTally *tally, LoadKind kind, int64_t lateness_us)
{
    tally->report.sent++;
    tally->report.kinds[kind].sent++;
    if (lateness_us > tally->report.own_lateness_us)
        tally->report.own_lateness_us = lateness_us;
}

static int64_t ms_from_start(const LoadTally *tally, int64_t at_us)
{
    return (at_us - tally->start_us) / US_PER_MS;
}

static void count_identity(LoadTally *tally, const char *value, int64_t at_ms)
{
    LoadReport *report = &tally->report;
    size_t i = 0;

    if (value[0] == '\0')
        return;
    while (i < report->identity_count && !text_equal(report->identities[i].value, value))
        i++;
    if (i == LOAD_IDENTITIES) {
        report->identities_beyond++;
        return;
    }
    if (i == report->identity_count) {
        size_t length = strlen(value);

        report->identity_count++;
        report->identities[i] = (LoadIdentity){.first_ms = at_ms};
        memcpy(report->identities[i].value, value,
               length < LOAD_IDENTITY_SIZE ? length : LOAD_IDENTITY_SIZE - 1);
    }
    report->identities[i].count++;
    report->identities[i].last_ms = at_ms;
}

static void count_status(LoadReport *report, int status)
{
    if (status >= 500)
        report->status_5xx++;
    else if (status >= 400)
        report->status_4xx++;
    else if (status >= 300)
        report->status_3xx++;
    else
        report->status_2xx++;
}

static void count_outcome(LoadTally *tally, const LoadResult *result)
{
    LoadReport *report = &tally->report;

    switch (result->outcome) {
    case LOAD_ANSWERED:
        count_status(report, result->status);
        count_identity(tally, result->identity, ms_from_start(tally, result->at_us));
        break;
    case LOAD_RESET:
        report->reset++;
        break;
    case LOAD_REFUSED:
        report->refused++;
        break;
    case LOAD_TIMEOUT:
        report->timeout++;
        break;
    case LOAD_MALFORMED:
        report->malformed++;
        break;
    case LOAD_OTHER:
    case LOAD_UNSENT:
        report->other++;
        break;
    }
}

static void count_ok(LoadTally *tally, LoadKind kind, int64_t at_us)
{
    int64_t gap_us = at_us - tally->last_ok_us;

    tally->report.ok++;
    tally->report.kinds[kind].ok++;
    if (gap_us > tally->longest_gap_us) {
        tally->longest_gap_us = gap_us;
        tally->longest_gap_at_us = tally->last_ok_us;
    }
    tally->last_ok_us = at_us;
}

static void count_failed(LoadTally *tally, LoadKind kind, int64_t at_us)
{
    LoadReport *report = &tally->report;

    report->failed++;
    report->kinds[kind].failed++;
    report->last_failed_ms = ms_from_start(tally, at_us);
    if (report->first_failed_ms < 0)
        report->first_failed_ms = report->last_failed_ms;
}

void load_tally_result(LoadTally *tally, const LoadResult *result)
{
    count_outcome(tally, result);
    if (result->outcome == LOAD_ANSWERED || result->outcome == LOAD_TIMEOUT) {
        uint64_t took_us = (uint64_t)(result->at_us - result->since_us);

        histogram_add(&tally->all, took_us);
        histogram_add(&tally->kinds[result->kind], took_us);
    }
    if (result->outcome == LOAD_ANSWERED && result->status < 400)
        count_ok(tally, result->kind, result->at_us);
    else
        count_failed(tally, result->kind, result->at_us);
}

void load_tally_connection(LoadTally *tally)
{
    tally->report.connections++;
}

void load_tally_replaced(LoadTally *tally)
{
    tally->report.replaced++;
}

void load_tally_stream_bytes(LoadTally *tally, uint64_t bytes)
{
    tally->report.stream_bytes += bytes;
}

void load_tally_stream_end(LoadTally *tally, bool whole)
{
    if (whole)
        tally->report.streams_whole++;
    else
        tally->report.streams_cut++;
}

void load_tally_report(const LoadTally *tally, int64_t now_us, int64_t sending_until_us,
                       LoadReport *out)
{
    int64_t gap_us = tally->longest_gap_us;
    int64_t gap_at_us = tally->longest_gap_at_us;

    if (sending_until_us - tally->last_ok_us > gap_us) {
        gap_us = sending_until_us - tally->last_ok_us;
        gap_at_us = tally->last_ok_us;
    }
    *out = tally->report;
    out->elapsed_ms = ms_from_start(tally, now_us);
    out->unfinished = out->sent - out->ok - out->failed;
    out->longest_gap_ms = gap_us / US_PER_MS;
    out->longest_gap_at_ms = gap_us > 0 ? ms_from_start(tally, gap_at_us) : 0;
    out->latency = latency_of(&tally->all);
    for (size_t i = 0; i < LOAD_KINDS; i++)
        out->kinds[i].latency = latency_of(&tally->kinds[i]);
}
