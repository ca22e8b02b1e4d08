/* control: what the deployer asks of godeploy-proxy, over its control socket.
 *
 * Every function takes the proxy's folder, ROOT/proxy. ERR_ENGINE when nobody answers, or when the
 * engine says no: the message is then its own. Changes have happened on disk and in every worker
 * once a function has returned true; repeating one is harmless. */
#ifndef GODEPLOY_PROXY_CONTROL_H
#define GODEPLOY_PROXY_CONTROL_H

#include "base/error.h"
#include "base/json.h"
#include "proxy/engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

/* True while some godeploy-proxy holds the folder's lock; asks nobody. */
bool control_is_running(const char *folder);

/* The whole answer to "status": version, pid, foreground, workers, worker_restarts, generation,
 * routes (each with "stats"), problem. Caller frees. */
bool control_status(const char *folder, Json **out, Error *err);

bool control_set_route(const char *folder, const Route *route, Error *err);
bool control_remove_route(const char *folder, const char *app, Error *err); /* missing is success */

/* *found is false, with success, where no route has this app. */
bool control_find_route(const char *folder, const char *app, Route *out, bool *found, Error *err);

/* `fresh`: see engine.h. */
bool control_stats(const char *folder, const char *app, const char *slot, bool fresh,
                   EngineCounts *out, Error *err);

/* Ends what is left of one class on one slot, spread evenly over `over_ms` (0: at once). Returns
 * when it has begun. */
bool control_close(const char *folder, const char *app, const char *slot, EngineClass class_,
                   int64_t over_ms, int64_t *closed, Error *err);

/* The figures of all apps as Prometheus reads them. Caller frees. */
bool control_metrics(const char *folder, char **out, Error *err);
/* Where they are served over HTTP from now on, also after a restart; "": nowhere. */
bool control_serve_metrics(const char *folder, const char *address, Error *err);

/* Has the build at `program` (absolute) take everything over, nobody refused meanwhile: *pid is the
 * process that serves then, and the workers before it have `grace_ms` to finish. On failure the one
 * that was asked serves on. */
bool control_upgrade(const char *folder, const char *program, int64_t grace_ms, int64_t *pid,
                     Error *err);

/* Asks it to finish what is in flight and exit, and waits until it is gone. Success if nobody runs.
 */
bool control_stop(const char *folder, int64_t timeout_ms, Error *err);

#endif
