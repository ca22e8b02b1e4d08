/* engine: what holds the public port and decides which slot answers: one struct of functions each, all in
 * the one visible array of engine.c.
 *
 * Every function looks before it acts and may be called again: setting a route that is set already is
 * success. Errors are ERR_ENGINE. */
#ifndef GODEPLOY_PROXY_ENGINE_H
#define GODEPLOY_PROXY_ENGINE_H

#include "base/address.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENGINE_SLOTS = 2, ENGINE_NO_SLOT = -1, ENGINE_TOKEN_SIZE = 33, ENGINE_RELEASE_SIZE = 104 };

/* The public addresses of one app, its slots, and which of them answers. Borrows all it points to. */
typedef struct EngineRoute {
    const char *app;
    bool tcp; /* connections are relayed as they are; else HTTP, each request on its own */
    const Address *listen;
    size_t listen_count;
    Address slots[ENGINE_SLOTS];
    int active;          /* index into slots, or ENGINE_NO_SLOT */
    const char *release; /* of the active slot */
    const char *proof;   /* token by which the engine may be asked who served; secret until the flip */
} EngineRoute;

/* The route as the engine reports it. */
typedef struct EngineView {
    bool running; /* the engine itself; false is no error */
    bool known;   /* it has a route for the app */
    int active;
    char release[ENGINE_RELEASE_SIZE];
} EngineView;

/* What a slot is doing, and has done since the engine started to count. */
typedef struct EngineCounts {
    uint64_t in_flight;
    uint64_t idle;
    uint64_t upgraded;
    uint64_t requests;
    uint64_t failed; /* answered 5xx by the app, or not at all */
    uint64_t latency_count;
    int64_t p95_us; /* -1 where the engine cannot tell */
} EngineCounts;

typedef enum EngineClass { CLASS_IN_FLIGHT, CLASS_IDLE, CLASS_UPGRADED } EngineClass;

typedef struct EngineContext {
    const char *root;       /* ROOT of all apps; borrowed */
    int64_t timeout_ms;     /* for one question to the engine */
    const char *check_path; /* what the proof asks for in HTTP mode */
    const char *check_host; /* NULL, or the Host header of the proof */
} EngineContext;

typedef struct Engine {
    const char *name;
    /* Makes the engine usable, starting it where it is ours. */
    bool (*ensure)(const EngineContext *context, Error *err);
    /* Changes nothing, starts nothing. */
    bool (*show)(const EngineContext *context, const char *app, EngineView *out, Error *err);
    bool (*set)(const EngineContext *context, const EngineRoute *route, Error *err);
    bool (*remove)(const EngineContext *context, const char *app, Error *err);
    /* `fresh` forgets the slot's latency figures after they were read. */
    bool (*count)(const EngineContext *context, const char *app, int slot, bool fresh, EngineCounts *out,
                  Error *err);
    /* Ends what is left of one class on one slot. */
    bool (*close)(const EngineContext *context, const char *app, int slot, EngineClass class_,
                  uint64_t *closed, Error *err);
    /* Sends one request through the public address and says which slot answered it. */
    bool (*who_answers)(const EngineContext *context, const EngineRoute *route, const Address *listen,
                        int *slot, Error *err);
} Engine;

/* "auto" is the platform's default. ERR_ENGINE for one that this build lacks. */
bool engine_find(const char *name, const Engine **out, Error *err);

const char *engine_class_name(EngineClass class_); /* "in_flight"; static */

#endif
