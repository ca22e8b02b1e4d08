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
    uint64_t sum_us;
} Latency;

void latency_record(Latency *latency, int64_t took_us);
/* The value below which `percent` of the measurements lie; -1 if there are none. */
int64_t latency_percentile(const Latency *latency, unsigned percent);
/* How many took less than 2^power microseconds: exact, as that is where a bucket ends. */
uint64_t latency_below(const Latency *latency, unsigned power);

/* Why a request got no whole answer. */
typedef enum Failure {
    FAILURE_NOT_CONNECTED, /* the slot took no connection */
    FAILURE_TIMED_OUT,     /* it was silent for too long */
    FAILURE_CUT,           /* it closed before its answer was whole */
    FAILURE_GARBLED,       /* it answered what is not HTTP */
    FAILURE_CLIENT_GONE,   /* nobody was there to take it: not the slot's failure */
    FAILURES
} Failure;

const char *failure_name(Failure failure); /* "not_connected"; static */

typedef struct Stats {
    uint64_t in_flight;
    uint64_t idle;
    uint64_t upgraded;
    uint64_t requests;
    uint64_t connections;
    uint64_t failed; /* requests without a whole answer, other than those begun with a 5xx */
    uint64_t failures[FAILURES];
    uint64_t status[STATUS_CLASSES]; /* [2]: 2xx and so on; [0] and [1] stay 0 */
    Latency latency;
} Stats;

void stats_count_status(Stats *stats, int status);
void stats_count_failure(Stats *stats, Failure failure);

/* Another release is in the slot: what has happened is forgotten, what is going on is not. */
void stats_begin_anew(Stats *stats);
/* What of `total` happened after `mark` was taken; what is going on is that of `total`. */
void stats_since(const Stats *total, const Stats *mark, Stats *out);

/* From a worker to its parent: everything, buckets included. NULL if out of memory. */
Json *stats_to_json(const Stats *stats);
void stats_add_json(Stats *sum, const Json *json);
/* As above, but without what was going on in the worker: it is there no more. */
void stats_add_past_json(Stats *sum, const Json *json);
/* For people and the deployer: percentiles in place of buckets. */
Json *stats_report(const Stats *stats);

#endif
