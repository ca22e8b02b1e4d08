/* load_tally: counts what became of the requests, for a LoadReport at any moment. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_TALLY_H
#define GODEPLOY_PROXY_LOAD_LOAD_TALLY_H

#include "base/cleanup.h"
#include "proxy/load/load.h"

typedef enum LoadOutcome {
    LOAD_ANSWERED, /* whole, whatever its status */
    LOAD_RESET,
    LOAD_REFUSED,
    LOAD_TIMEOUT,
    LOAD_MALFORMED,
    LOAD_OTHER,
    LOAD_UNSENT /* the idle connection turned out to be closed: to be sent again on another */
} LoadOutcome;

typedef struct LoadResult {
    LoadKind kind;
    LoadOutcome outcome;
    int status;           /* of LOAD_ANSWERED */
    const char *identity; /* likewise; "" if it did not say */
    int64_t since_us;     /* from when the latency counts */
    int64_t at_us;        /* when it was known; same clock */
} LoadResult;

typedef struct LoadTally LoadTally;

/* NULL only if out of memory. */
LoadTally *load_tally_new(int64_t start_us);
void load_tally_free(LoadTally *tally);
DEFINE_CLEANUP(LoadTally *, load_tally_free)

void load_tally_due(LoadTally *tally, LoadKind kind, int64_t lateness_us);
void load_tally_result(LoadTally *tally, const LoadResult *result);
void load_tally_connection(LoadTally *tally);
void load_tally_replaced(LoadTally *tally);
void load_tally_stream_bytes(LoadTally *tally, uint64_t bytes);
void load_tally_stream_end(LoadTally *tally, bool whole);

/* `sending_until_us`: the time up to which a missing answer is a gap. */
void load_tally_report(const LoadTally *tally, int64_t now_us, int64_t sending_until_us,
                       LoadReport *out);

#endif
