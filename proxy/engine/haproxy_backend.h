/* haproxy_backend: the backend of HAProxy that serves an app: one server for each slot, with the
 * slot's name and address. */
#ifndef GODEPLOY_PROXY_ENGINE_HAPROXY_BACKEND_H
#define GODEPLOY_PROXY_ENGINE_HAPROXY_BACKEND_H

#include "proxy/engine/engine.h"
#include "proxy/engine/haproxy.h"

typedef struct HaproxyServer {
    bool found;
    bool in;      /* nobody took it out */
    bool running; /* and HAProxy sends it traffic */
    int64_t weight;
    char address[ADDRESS_TEXT_SIZE];
} HaproxyServer;

typedef struct HaproxyBackend {
    bool found;
    HaproxyServer servers[ROUTE_SLOTS_MAX]; /* as in the context's route */
} HaproxyBackend;

Haproxy haproxy_of(const EngineContext *context);
const char *haproxy_backend_name(const EngineContext *context); /* borrowed from the settings */

/* ERR_NETWORK if HAProxy does not answer. */
bool haproxy_backend_look(const EngineContext *context, HaproxyBackend *out, Error *err);

/* ERR_ENGINE names the first thing that is not as the settings have it. */
bool haproxy_backend_check(const EngineContext *context, const HaproxyBackend *backend, Error *err);

/* The same, and whether the mode of the backend and the rights of the socket do. */
bool haproxy_backend_usable(const EngineContext *context, Error *err);

/* `set server BACKEND/SERVER what`. */
bool haproxy_backend_tell(const EngineContext *context, const char *server, const char *what,
                          Error *err);

/* The server's line of `show stat`; *out borrows from *table. */
bool haproxy_backend_figures(const EngineContext *context, const char *server, Text *table,
                             HaproxyRow *out, Error *err);

/* Adds what haproxy.cfg must have. False, as error_hint(). */
bool haproxy_backend_hint(const EngineContext *context, Error *err);

#endif
