/* engine: what holds the public port and decides which slot answers: one struct of functions each,
 * all in the one visible array of engine.c.
 *
 * Every function looks before it acts and may be called again: setting a route that is set already
 * is success. Errors are ERR_ENGINE. */
#ifndef GODEPLOY_PROXY_ENGINE_H
#define GODEPLOY_PROXY_ENGINE_H

#include "base/address.h"
#include "base/error.h"
#include "proxy/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The route as the engine reports it. */
typedef struct EngineView {
    bool running; /* the engine itself; false is no error */
    bool known;   /* it has a route for the app */
    int active;   /* index of the slot that answers, or ROUTE_NO_SLOT */
    char release[ROUTE_RELEASE_SIZE];
} EngineView;

/* What a slot is doing, and has done since the engine started to count. */
typedef struct EngineCounts {
    int64_t in_flight;
    int64_t idle;
    int64_t upgraded;
    int64_t requests;
    int64_t failed; /* answered 5xx, or not at all */
    int64_t latency_count;
    int64_t p95_us; /* -1 where nothing was measured */
} EngineCounts;

enum { ENGINE_SEEN_SIZE = 128 };

typedef struct EngineAnswer {
    int slot;                    /* index into route->slots, or ROUTE_NO_SLOT */
    char seen[ENGINE_SEEN_SIZE]; /* in words: "HTTP 200 from green" */
} EngineAnswer;

typedef enum EngineClass { CLASS_IN_FLIGHT, CLASS_IDLE, CLASS_UPGRADED } EngineClass;

typedef struct EngineContext {
    const char *root; /* ROOT of all apps; borrowed, as all here */
    const char *app;
    int64_t timeout_ms;     /* for one question to the engine */
    const char *check_path; /* what the proof asks for in HTTP mode */
    const char *check_host; /* NULL, or the Host header of the proof */
} EngineContext;

typedef struct Engine {
    const char *name;
    /* Makes the engine usable, starting it where it is ours. */
    bool (*ensure)(const EngineContext *context, Error *err);
    /* Changes nothing, starts nothing. */
    bool (*show)(const EngineContext *context, EngineView *out, Error *err);
    bool (*set)(const EngineContext *context, const Route *route, Error *err);
    bool (*remove)(const EngineContext *context, Error *err);
    /* `fresh` forgets the slot's latency figures after they were read. */
    bool (*count)(const EngineContext *context, const char *slot, bool fresh, EngineCounts *out,
                  Error *err);
    /* Ends what is left of one class on one slot. */
    bool (*close)(const EngineContext *context, const char *slot, EngineClass class_,
                  int64_t *closed, Error *err);
    /* Sends one request through one public address of the route and says which slot answered it. */
    bool (*who_answers)(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err);
} Engine;

/* "auto" is the platform's default. ERR_ENGINE for one that this build lacks. */
bool engine_find(const char *name, const Engine **out, Error *err);

const char *engine_class_name(EngineClass class_); /* "in_flight"; static */

#endif
