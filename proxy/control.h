/* control: what the deployer asks of godeploy-proxy, over its control socket.
 *
 * Every function takes the proxy's folder, ROOT/proxy. ERR_ENGINE when nobody answers, or when the
 * engine says no: the message is then its own. Changes have happened on disk and in every worker
 * once a function has returned true; repeating one is harmless. */
#ifndef GODEPLOY_PROXY_CONTROL_H
#define GODEPLOY_PROXY_CONTROL_H

#include "base/error.h"
#include "base/json.h"
#include "proxy/route.h"

#include <stdbool.h>
#include <stdint.h>

/* True while some godeploy-proxy holds the folder's lock; asks nobody. */
bool control_is_running(const char *folder);

/* The whole answer to "status": version, pid, workers, worker_restarts, generation, routes (each
 * with "stats"), problem. Caller frees. */
bool control_status(const char *folder, Json **out, Error *err);

bool control_set_route(const char *folder, const Route *route, Error *err);
bool control_remove_route(const char *folder, const char *app, Error *err); /* missing is success */

/* *found is false, with success, where no route has this app. */
bool control_find_route(const char *folder, const char *app, Route *out, bool *found, Error *err);

typedef enum ControlClass { CONTROL_IN_FLIGHT, CONTROL_IDLE, CONTROL_UPGRADED } ControlClass;

/* Counts since the workers started; latency since it was last reset. Microseconds from the end of a
 * request's head to the head of its answer. */
typedef struct SlotStats {
    int64_t in_flight;   /* requests whose answer is not finished; connections in tcp mode */
    int64_t idle;        /* pooled connections to the slot */
    int64_t upgraded;    /* tunnels behind a 101 */
    int64_t requests;    /* routed to the slot */
    int64_t connections; /* opened to the slot */
    int64_t failed;      /* requests that got no whole answer from the slot */
    int64_t status_2xx;
    int64_t status_3xx;
    int64_t status_4xx;
    int64_t status_5xx;
    int64_t latency_count;
    int64_t latency_p50_us; /* -1 where nothing was measured */
    int64_t latency_p95_us;
    int64_t latency_p99_us;
} SlotStats;

/* `reset_latency` forgets the figures of both slots once they are read. */
bool control_stats(const char *folder, const char *app, const char *slot, bool reset_latency,
                   SlotStats *out, Error *err);

/* Ends what is left of one class on one slot, spread evenly over `over_ms` (0: at once). Returns
 * when it has begun. */
bool control_close(const char *folder, const char *app, const char *slot, ControlClass class_,
                   int64_t over_ms, int64_t *closed, Error *err);

/* Asks it to finish what is in flight and exit, and waits until it is gone. Success if nobody runs.
 */
bool control_stop(const char *folder, int64_t timeout_ms, Error *err);

#endif
