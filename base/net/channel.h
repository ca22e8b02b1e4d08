/* channel: one question and one answer, a JSON line each, over a local socket that only its owner
 * may open. The client's side; godeploy-proxy has the other one. */
#ifndef GODEPLOY_BASE_NET_CHANNEL_H
#define GODEPLOY_BASE_NET_CHANNEL_H

#include "base/error.h"
#include "base/json.h"

#include <stdint.h>

/* Sends `question` and waits for the answer (at most 4 MiB). ERR_NETWORK if nobody listens at
 * `path`; ERR_TIMEOUT if no whole answer came in time. */
bool channel_ask(const char *path, const Json *question, int64_t timeout_ms, Json **answer,
                 Error *err);

#endif
