/* See stats.h. */
#include "proxy/server/stats.h"

#include <stddef.h>
#include <stdio.h>

enum { SUB_BITS = 3, SUB_BUCKETS = 1 << SUB_BITS, TWICE_SUB_BUCKETS = 2 << SUB_BITS };

typedef struct CountRow {
    const char *name;
    size_t at;
    bool is_level; /* tells what is going on, not what has happened */
} CountRow;

static const CountRow counts[] = {
    {"in_flight",      offsetof(Stats, in_flight),      true },
    {"idle",           offsetof(Stats, idle),           true },
    {"upgraded",       offsetof(Stats, upgraded),       true },
    {"requests",       offsetof(Stats, requests),       false},
    {"connections",    offsetof(Stats, connections),    false},
    {"failed",         offsetof(Stats, failed),         false},
    {"status_2xx",     offsetof(Stats, status[2]),      false},
    {"status_3xx",     offsetof(Stats, status[3]),      false},
    {"status_4xx",     offsetof(Stats, status[4]),      false},
    {"status_5xx",     offsetof(Stats, status[5]),      false},
    {"latency_sum_us", offsetof(Stats, latency.sum_us), false},
};

enum { COUNT_ROWS = sizeof counts / sizeof *counts };

static const char *const failure_names[FAILURES] = {
    [FAILURE_NOT_CONNECTED] = "not_connected",
    [FAILURE_TIMED_OUT] = "timed_out",
    [FAILURE_CUT] = "cut",
    [FAILURE_GARBLED] = "garbled",
    [FAILURE_CLIENT_GONE] = "client_gone",
};

const char *failure_name(Failure failure)
{
    return failure_names[failure];
}

static const uint64_t *count_of(const Stats *stats, const CountRow *row)
{
    return (const uint64_t *)(const void *)((const char *)stats + row->at);
}

static uint64_t *count_in(Stats *stats, const CountRow *row)
{
    return (uint64_t *)(void *)((char *)stats + row->at);
}

/* Values below 8 have a bucket each; above, the highest four bits choose it. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift = 0;
    size_t index = 0;

    while ((value >> shift) >= TWICE_SUB_BUCKETS)
        shift++;
    index = (size_t)shift * SUB_BUCKETS + (size_t)(value >> shift);
    return index < LATENCY_BUCKETS ? index : LATENCY_BUCKETS - 1;
}

/* The largest value that falls into it. */
static int64_t bucket_top(size_t index)
{
    unsigned shift = index < TWICE_SUB_BUCKETS ? 0 : (unsigned)(index / SUB_BUCKETS - 1);
    uint64_t first = (uint64_t)(index - (size_t)shift * SUB_BUCKETS);

    return (int64_t)(((first + 1) << shift) - 1);
}

void latency_record(Latency *latency, int64_t took_us)
{
    latency->buckets[bucket_of(took_us > 0 ? (uint64_t)took_us : 0)]++;
    latency->count++;
    latency->sum_us += took_us > 0 ? (uint64_t)took_us : 0;
}

int64_t latency_percentile(const Latency *latency, unsigned percent)
{
    uint64_t rank = (latency->count * percent + 99) / 100;
    uint64_t seen = 0;

    for (size_t i = 0; i < LATENCY_BUCKETS && latency->count > 0; i++) {
        seen += latency->buckets[i];
        if (seen >= rank && seen > 0)
            return bucket_top(i);
    }
    return -1;
}

uint64_t latency_below(const Latency *latency, unsigned power)
{
    size_t end = bucket_of((uint64_t)1 << power);
    uint64_t count = 0;

    for (size_t i = 0; i < end; i++)
        count += latency->buckets[i];
    return count;
}

void stats_count_failure(Stats *stats, Failure failure)
{
    stats->failures[failure]++;
}

void stats_count_status(Stats *stats, int status)
{
    int class_ = status / 100;

    if (class_ >= 2 && class_ < STATUS_CLASSES)
        stats->status[class_]++;
}

/* ---- stretches of time ---- */

void stats_begin_anew(Stats *stats)
{
    *stats =
        (Stats){.in_flight = stats->in_flight, .idle = stats->idle, .upgraded = stats->upgraded};
}

/* A worker that died took a second of its figures with it: less than before is nothing new. */
static uint64_t difference(uint64_t total, uint64_t mark)
{
    return total > mark ? total - mark : 0;
}

void stats_since(const Stats *total, const Stats *mark, Stats *out)
{
    *out = *total;
    for (size_t i = 0; i < COUNT_ROWS; i++) {
        if (!counts[i].is_level)
            *count_in(out, &counts[i]) =
                difference(*count_of(total, &counts[i]), *count_of(mark, &counts[i]));
    }
    for (size_t i = 0; i < FAILURES; i++)
        out->failures[i] = difference(total->failures[i], mark->failures[i]);
    out->latency.count = 0;
    for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
        out->latency.buckets[i] = difference(total->latency.buckets[i], mark->latency.buckets[i]);
        out->latency.count += out->latency.buckets[i];
    }
}

/* ---- JSON ---- */

static Json *counts_to_json(const Stats *stats)
{
    Json *json = json_new_object();
    Json *failures = json_new_object();

    for (size_t i = 0; i < COUNT_ROWS; i++)
        (void)json_put_integer(json, counts[i].name, (int64_t)*count_of(stats, &counts[i]));
    for (size_t i = 0; i < FAILURES; i++)
        (void)json_put_integer(failures, failure_names[i], (int64_t)stats->failures[i]);
    (void)json_put(json, "failures", failures);
    return json;
}

Json *stats_to_json(const Stats *stats)
{
    Json *json = counts_to_json(stats);
    Json *buckets = json_new_object(); /* only those that hold something: few */
    char name[24];

    for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
        if (stats->latency.buckets[i] == 0)
            continue;
        (void)snprintf(name, sizeof name, "%zu", i);
        (void)json_put_integer(buckets, name, (int64_t)stats->latency.buckets[i]);
    }
    (void)json_put(json, "buckets", buckets); /* a failure marks the value */
    return json;
}

static void add_latency_json(Latency *sum, const Json *buckets)
{
    char name[24];

    for (size_t i = 0; i < LATENCY_BUCKETS && json_count(buckets) > 0; i++) {
        uint64_t here = 0;

        (void)snprintf(name, sizeof name, "%zu", i);
        here = (uint64_t)json_get_integer(buckets, name, 0);
        sum->buckets[i] += here;
        sum->count += here;
    }
}

static void add_json(Stats *sum, const Json *json, bool with_levels)
{
    const Json *failures = json_get(json, "failures");

    for (size_t i = 0; i < COUNT_ROWS; i++) {
        if (with_levels || !counts[i].is_level)
            *count_in(sum, &counts[i]) += (uint64_t)json_get_integer(json, counts[i].name, 0);
    }
    for (size_t i = 0; i < FAILURES; i++)
        sum->failures[i] += (uint64_t)json_get_integer(failures, failure_names[i], 0);
    add_latency_json(&sum->latency, json_get(json, "buckets"));
}

void stats_add_json(Stats *sum, const Json *json)
{
    add_json(sum, json, true);
}

void stats_add_past_json(Stats *sum, const Json *json)
{
    add_json(sum, json, false);
}

Json *stats_report(const Stats *stats)
{
    Json *json = counts_to_json(stats);
    Json *latency = json_new_object();

    (void)json_put_integer(latency, "p50", latency_percentile(&stats->latency, 50));
    (void)json_put_integer(latency, "p95", latency_percentile(&stats->latency, 95));
    (void)json_put_integer(latency, "p99", latency_percentile(&stats->latency, 99));
    (void)json_put_integer(latency, "count", (int64_t)stats->latency.count);
    (void)json_put(json, "latency_us", latency);
    return json;
}
