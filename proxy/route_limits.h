/* route_limits: how long, how large and how many a route lets its clients and instances be. */
#ifndef GODEPLOY_PROXY_ROUTE_LIMITS_H
#define GODEPLOY_PROXY_ROUTE_LIMITS_H

#include "base/error.h"
#include "base/json.h"

#include <stdint.h>

enum { ROUTE_HEAD_BYTES_MAX = 64 * 1024 };

/* 0 stands for the default, which is in the table of route_limits.c. */
typedef struct RouteLimits {
    int64_t head_ms;       /* a client may take this long to send a request head; 408 after it */
    int64_t idle_ms;       /* a keep-alive client may stay silent this long */
    int64_t connect_ms;    /* an instance may take this long to take a connection; then 504 */
    int64_t first_byte_ms; /* and this long to begin its answer; then 504 */
    int64_t stall_ms;      /* a body, or who should take one, may stand still this long */
    int64_t head_bytes;    /* largest request head; 414 or 431 above it */
    int64_t body_bytes;    /* largest request body; 413 above it. Default: no limit */
    int64_t connections;   /* most clients of one worker; others get 503. Default: no limit */
} RouteLimits;

/* ERR_USAGE names the limit that is out of bounds. A member that is missing is 0. */
bool route_limits_from_json(const Json *json, RouteLimits *out, Error *err);
Json *route_limits_to_json(const RouteLimits *limits);
RouteLimits route_limits_in_force(const RouteLimits *limits); /* with the defaults filled in */

#endif
