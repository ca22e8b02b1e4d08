/* load: open-loop load over HTTP/1.1, to show what a deployment does to the traffic.
 *
 * Open loop: request n is due at n / rate, whatever became of the ones before it, and its latency
 * counts from then. A server that stalls therefore shows in the percentiles ("coordinated
 * omission", which a client that waits for answers hides). Only the lateness of the generator's own
 * timer, up to LOAD_OWN_LATENESS_US, is not held against the server; larger lateness is, and is
 * reported.
 *
 * Nothing is retried: a request that was sent and not answered is a failed one. A keep-alive
 * connection that the server closed while it was idle is replaced silently. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_H
#define GODEPLOY_PROXY_LOAD_LOAD_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_HOST_SIZE = 256,
    LOAD_PATH_SIZE = 1024,
    LOAD_IDENTITY_SIZE = 64,
    LOAD_IDENTITIES = 16,
    LOAD_TICK_MS = 200,
    LOAD_OWN_LATENESS_US = 2000
};

typedef enum LoadKind {
    LOAD_KEEPALIVE, /* GET on a pooled connection */
    LOAD_FRESH,     /* GET on a connection of its own */
    LOAD_POST,      /* POST on a pooled connection */
    LOAD_KINDS
} LoadKind;

typedef struct LoadPlan {
    char host[LOAD_HOST_SIZE]; /* numeric or a name, without brackets */
    uint16_t port;
    char path[LOAD_PATH_SIZE];
    const char *post_path;   /* NULL: path. Borrowed, as the next two */
    const char *stream_path; /* NULL: no stream. Kept open all the time, opened again if it ends */
    const char *identity_header; /* whose values are told apart; NULL: none */
    uint32_t rate_per_s;
    int64_t duration_ms;
    int64_t timeout_ms;           /* of each request, from when it was due */
    uint32_t weights[LOAD_KINDS]; /* share of each kind; 0: none of it */
    size_t post_bytes;
    size_t keepalive_connections; /* pooled connections are opened until there are so many */
    size_t most_connections;      /* at once; requests beyond wait, and their latency shows it */
} LoadPlan;

typedef struct LoadLatency {
    int64_t p50_us, p95_us, p99_us, max_us; /* within 1 %; 0 if nothing was measured */
} LoadLatency;

typedef struct LoadKindReport {
    uint64_t sent, ok, failed;
    LoadLatency latency;
} LoadKindReport;

typedef struct LoadIdentity {
    char value[LOAD_IDENTITY_SIZE];
    uint64_t count;
    int64_t first_ms, last_ms; /* of its answers, from the start */
} LoadIdentity;

/* sent = ok + failed + unfinished;
 * failed = reset + refused + timeout + malformed + other + status_4xx + status_5xx. */
typedef struct LoadReport {
    int64_t started_wall_ms;
    int64_t elapsed_ms;
    uint64_t sent; /* became due */
    uint64_t ok;   /* whole answers of status 2xx or 3xx */
    uint64_t failed;
    uint64_t unfinished; /* under way, or when the run was ended early */
    uint64_t reset;      /* connection closed or reset before the answer was whole */
    uint64_t refused;
    uint64_t timeout;
    uint64_t malformed; /* the answer is not HTTP/1.1 */
    uint64_t other;     /* unreachable, no descriptor left */
    uint64_t status_2xx, status_3xx, status_4xx, status_5xx;
    uint64_t connections;   /* opened */
    uint64_t replaced;      /* closed by the server while idle */
    int64_t longest_gap_ms; /* between two ok answers, the start and the last due time included */
    int64_t longest_gap_at_ms;               /* when it began, from the start */
    int64_t first_failed_ms, last_failed_ms; /* from the start; -1 if none failed */
    int64_t own_lateness_us;                 /* the worst delay of this generator itself */
    LoadLatency latency; /* of answers and timeouts; refused and reset are not measured */
    LoadKindReport kinds[LOAD_KINDS];
    LoadIdentity identities[LOAD_IDENTITIES];
    size_t identity_count;
    uint64_t identities_beyond; /* answers of a value that found no place above */
    uint64_t streams_whole, streams_cut, streams_open, stream_bytes;
} LoadReport;

typedef struct LoadHooks {
    void (*tick)(void *context, const LoadReport *so_far); /* each LOAD_TICK_MS; NULL: none */
    bool (*should_stop)(void *context);                    /* asked as often or more; NULL: no */
    void *context;
} LoadHooks;

/* A plan with everything but the host filled in: 50 requests a second for 10 s, half of them fresh.
 */
LoadPlan load_plan_default(void);

/* Reads "http://HOST[:PORT][/PATH]" into the plan. ERR_USAGE for anything else, https included. */
bool load_plan_set_url(LoadPlan *plan, const char *url, Error *err);

/* Reads "keepalive,fresh,post" or "keepalive:8,fresh:1" into the weights. ERR_USAGE with the
 * nearest known word. */
bool load_plan_set_mix(LoadPlan *plan, const char *mix, Error *err);

const char *load_kind_name(LoadKind kind); /* "keepalive"; static */

/* Sends the load and waits for its end: all due requests answered or timed out; or, at once, when
 * should_stop says so or interrupt_requested() (base/interrupt.h). All three are success with the
 * report filled in. Fails only if nothing could be sent at all: ERR_USAGE for a plan that makes no
 * sense, ERR_NETWORK for a host without an address. `hooks` may be NULL. Needs interrupt_install(),
 * which also ignores SIGPIPE. */
bool load_run(const LoadPlan *plan, const LoadHooks *hooks, LoadReport *report, Error *err);

#endif
