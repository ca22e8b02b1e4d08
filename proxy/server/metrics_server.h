/* metrics_server: the one page that the parent serves over HTTP: GET /metrics. Each connection asks
 * once. It is for a scraper near by: a few connections at a time, each for a few seconds at most.
 */
#ifndef GODEPLOY_PROXY_SERVER_METRICS_SERVER_H
#define GODEPLOY_PROXY_SERVER_METRICS_SERVER_H

#include "base/error.h"
#include "base/net/address.h"
#include "base/text.h"

#include <uv.h>

typedef struct MetricsClient MetricsClient;

typedef struct MetricsServer {
    uv_loop_t *loop;
    void (*asked)(void *owner, MetricsClient *client); /* metrics_answer() later or now, once */
    void *owner;
    uv_tcp_t *listener; /* NULL: not listening */
    size_t clients;
} MetricsServer;

/* In place of where it listened before; on failure (ERR_NETWORK) it listens there still. */
bool metrics_server_listen(MetricsServer *server, const Address *address, Error *err);
void metrics_server_close(MetricsServer *server);

/* A `body` that failed is answered with 503. */
void metrics_answer(MetricsClient *client, const Text *body);

#endif
