/* engine_embedded: godeploy-proxy as traffic engine; one per ROOT, a route per app. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_EMBEDDED_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_EMBEDDED_H

#include "proxy/engine/engine.h"

extern const Engine engine_embedded;

/* For `godeploy proxy start|stop|status|upgrade`: ROOT/proxy. Caller frees; NULL if out of memory.
 */
char *engine_embedded_folder(const char *root);

/* Where the program is; ERR_ENGINE if it is not there. Caller frees. */
bool engine_embedded_program(char **out, Error *err);

/* Starts it where it does not run, by itself or as a service of this host; *started says whether it
 * had to. */
bool engine_embedded_start(const char *root, bool as_service, bool *started, Error *err);
/* Also at the next boot it stays stopped, where it was a service. Success if it does not run. */
bool engine_embedded_stop(const char *root, int64_t timeout_ms, Error *err);

/* Replaces the one that runs by the build that is installed now; control.h says how. */
bool engine_embedded_upgrade(const char *root, int64_t grace_ms, int64_t *pid, Error *err);

#endif
