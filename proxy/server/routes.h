/* routes: the table of all routes, and routes.json, which holds it over restarts.
 *
 * `generation` grows with every change, so that it can be said who knows which. */
#ifndef GODEPLOY_PROXY_SERVER_ROUTES_H
#define GODEPLOY_PROXY_SERVER_ROUTES_H

#include "base/text.h"
#include "proxy/route.h"

typedef struct RouteTable {
    Route *items; /* owned */
    size_t count;
    int64_t generation;
    char metrics[ADDRESS_TEXT_SIZE]; /* where the parent tells its figures; "": nowhere */
} RouteTable;

void routes_free(RouteTable *table);
#define CLEANUP_ROUTES __attribute__((cleanup(routes_free)))

const Route *routes_find(const RouteTable *table, const char *app); /* NULL if there is none */
/* The route that listens there, NULL if none. */
const Route *routes_at(const RouteTable *table, const Address *listen);

/* *out is `table` with the change made and the next generation; `table` stays as it is, so that the
 * change can still fail. Removing what is not there is a change of nothing. */
bool routes_with(const RouteTable *table, const Route *route, RouteTable *out, Error *err);
bool routes_without(const RouteTable *table, const char *app, RouteTable *out, Error *err);

Json *routes_to_json(const RouteTable *table); /* NULL if out of memory */
bool routes_from_json(const Json *json, RouteTable *out, Error *err);

bool routes_save(const char *path, const RouteTable *table, Error *err); /* durable */
/* A missing file is an empty table. One that cannot be read or understood is moved aside, to
 * PATH.bad-TIME, and *problem says so: never overwritten, never silently. */
bool routes_load(const char *path, RouteTable *out, Text *problem, Error *err);

#endif
