/* stats: what one slot is doing and has done, in numbers that can be added up over workers.
 *
 * Latency is kept in buckets, eight to each power of two: a figure read from them is at most one
 * eighth above what was measured. */
#ifndef GODEPLOY_PROXY_SERVER_STATS_H
#define GODEPLOY_PROXY_SERVER_STATS_H

#include "base/json.h"

#include <stdint.h>

enum { LATENCY_BUCKETS = 36 * 8, STATUS_CLASSES = 6 };

typedef struct Latency {
    uint64_t buckets[LATENCY_BUCKETS];
    uint64_t count;
} Latency;

void latency_record(Latency *latency, int64_t took_us);
/* The value below which `percent` of the measurements lie; -1 if there are none. */
int64_t latency_percentile(const Latency *latency, unsigned percent);

typedef struct Stats {
    uint64_t in_flight;
    uint64_t idle;
    uint64_t upgraded;
    uint64_t requests;
    uint64_t connections;
    uint64_t failed;
    uint64_t status[STATUS_CLASSES]; /* [2]: 2xx and so on; [0] and [1] stay 0 */
    Latency latency;
} Stats;

void stats_count_status(Stats *stats, int status);

/* From a worker to its parent: everything, buckets included. NULL if out of memory. */
Json *stats_to_json(const Stats *stats);
void stats_add_json(Stats *sum, const Json *json);
/* For people and the deployer: percentiles in place of buckets. */
Json *stats_report(const Stats *stats);

#endif
