/* engine: what holds the public port and decides which slot answers: one struct of functions each,
 * all of a platform in one visible array (engines_posix.c, engines_windows.c).
 *
 * Every function looks before it acts and may be called again: setting a route that is set already
 * is success. Errors are ERR_ENGINE; ERR_FLIP for a route that could not be set, where the one
 * before stands again. */
#ifndef GODEPLOY_PROXY_ENGINE_ENGINE_H
#define GODEPLOY_PROXY_ENGINE_ENGINE_H

#include "base/error.h"
#include "base/net/address.h"
#include "proxy/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENGINE_TROUBLE_SIZE = 256 };

/* The route as the engine reports it. */
typedef struct EngineView {
    bool running; /* the engine itself; false is no error */
    bool known;   /* it has a route for the app */
    int active;   /* index of the slot that answers, or ROUTE_NO_SLOT */
    char release[ROUTE_RELEASE_SIZE];
    RouteGate gate;
    int64_t candidate_ppm; /* of the clients, with the slot that is not active; 0: no canary */
    Address listen[ROUTE_LISTEN_MAX]; /* with ENGINE_OPENS_PORT: where it listens for the app */
    size_t listen_count;
    char trouble[ENGINE_TROUBLE_SIZE]; /* why it does not run, or knows no route; "": unknown */
    const char *fix;                   /* what to do about it; NULL: set the route again; static */
} EngineView;

/* Whether a view shows that share, or one as near to it as the engine can come. */
bool engine_shows_share(const EngineView *view, int64_t candidate_ppm);

/* Whether a view shows that the engine listens there for the app. */
bool engine_listens_on(const EngineView *view, const Address *address);

/* What came of the requests to one release in one slot. Each failed one is counted once, by why it
 * failed; who left of his own accord is nobody's failure. */
typedef struct EngineSample {
    int64_t requests;
    int64_t failed; /* answered 5xx, or not at all */
    int64_t status_2xx, status_3xx, status_4xx, status_5xx;
    int64_t not_connected; /* the slot took no connection */
    int64_t timed_out;     /* it took one, and was silent for too long */
    int64_t cut;           /* it closed before its answer was whole */
    int64_t garbled;       /* it answered what is not HTTP */
    int64_t client_gone;   /* not in `failed` */
    int64_t latency_count;
    int64_t p50_us, p95_us, p99_us; /* -1 where nothing was measured */
} EngineSample;

/* What a slot is doing, and has done. An engine leaves 0 (-1 for latency) where it cannot know. */
typedef struct EngineCounts {
    int64_t in_flight;
    int64_t idle;
    int64_t upgraded;
    EngineSample total;  /* since this release came into the slot, or the engine began to count */
    EngineSample window; /* since the app's figures were last asked for with `fresh` */

    /* The same in short. */
    int64_t requests;      /* total.requests */
    int64_t failed;        /* total.failed */
    int64_t latency_count; /* window.latency_count */
    int64_t p95_us;        /* window.p95_us; -1 where nothing was measured */
} EngineCounts;

enum { ENGINE_SEEN_SIZE = 128 };

typedef struct EngineAnswer {
    int slot;                    /* index into route->slots, or ROUTE_NO_SLOT */
    char seen[ENGINE_SEEN_SIZE]; /* in words: "HTTP 200 from green" */
} EngineAnswer;

typedef enum EngineClass { CLASS_IN_FLIGHT, CLASS_IDLE, CLASS_UPGRADED } EngineClass;

/* What an engine can do; a setting that needs more is refused before anything starts. */
enum {
    ENGINE_PER_REQUEST = 1 << 0,    /* routes each request, not each connection */
    ENGINE_WEIGHTS = 1 << 1,        /* sends a share to each slot: canary */
    ENGINE_PAUSE = 1 << 2,          /* holds requests: pause, exclusive */
    ENGINE_CLIENT_ADDRESS = 1 << 3, /* the app can learn who the client is */
    ENGINE_COUNTS_CLASSES = 1 << 4, /* tells in-flight, idle and upgraded apart */
    ENGINE_LATENCY = 1 << 5,        /* measures how long answers take */
    ENGINE_STATUS = 1 << 6,         /* counts requests, and those that failed */
    ENGINE_PER_CONNECTION = 1 << 7, /* carries any protocol, each connection on its own: mode tcp */
    ENGINE_CLOSES = 1 << 8,         /* `close` ends what is left; without it nothing is ended */
    ENGINE_OPENS_PORT = 1 << 9,     /* listens on the public addresses itself: they must be free */
    ENGINE_PROXY_HEADER = 1 << 10   /* tells the app who the client is before its bytes: mode tcp */
};

/* Where the engines that are not ours are found. */
typedef struct EngineOptions {
    const char *haproxy_socket;     /* path of its stats socket with level admin */
    const char *haproxy_backend;    /* backend that has one server a slot; NULL: named as the app */
    const char *haproxy_state_file; /* its server-state-file, kept up to date; NULL: none */
    const char *caddy_admin;        /* "127.0.0.1:2019" */
    const char *caddy_server;       /* the one server in apps.http.servers; NULL: any */
    const char *nftables_table;     /* name of the table that is ours; NULL: godeploy-APP */
    bool portproxy_take_over;       /* somebody else's rule or listener may be taken over from */
    const char *portproxy_replaces; /* a service that holds the public port itself; NULL: none */
    bool as_service; /* godeploy-proxy: started by the host's service manager, and kept by it */
} EngineOptions;

typedef struct EngineContext {
    const char *root; /* ROOT of all apps; borrowed, as all here */
    const char *app;
    int64_t timeout_ms;     /* for one question to the engine */
    const char *check_path; /* what the proof asks for in HTTP mode */
    const char *check_host; /* NULL, or the Host header of the proof */
    Route route;            /* as the settings have it: addresses, slots, mode; nobody active */
    EngineOptions options;
} EngineContext;

typedef struct Engine {
    const char *name;
    unsigned can; /* of ENGINE_ bits above */
    /* Makes the engine usable, starting it where it is ours. */
    bool (*ensure)(const EngineContext *context, Error *err);
    /* Changes nothing, starts nothing. */
    bool (*show)(const EngineContext *context, EngineView *out, Error *err);
    bool (*set)(const EngineContext *context, const Route *route, Error *err);
    bool (*remove)(const EngineContext *context, Error *err);
    /* `fresh`: once it is read, the window of every slot of the app begins anew, at one instant, so
     * that slots can be compared over the same stretch of time. */
    bool (*count)(const EngineContext *context, const char *slot, bool fresh, EngineCounts *out,
                  Error *err);
    /* Ends what is left of one class on one slot, spread evenly over `over_ms` (0: at once).
     * Returns when it has begun; *closed is how many there were. NULL without ENGINE_CLOSES. */
    bool (*close)(const EngineContext *context, const char *slot, EngineClass class_,
                  int64_t over_ms, int64_t *closed, Error *err);
    /* Sends one request through one public address of the route and says which slot answered it. */
    bool (*who_answers)(const EngineContext *context, const Route *route, const Address *listen,
                        EngineAnswer *out, Error *err);
} Engine;

/* "auto" is the platform's default. ERR_ENGINE for one that this build lacks. Compiled in where it
 * can work: nftables and haproxy not for Windows, portproxy for nothing else. */
bool engine_find(const char *name, const Engine **out, Error *err);
/* Those of this build, the default one first; NULL behind the last. */
const Engine *engine_at(size_t index);

/* Of an engine that measures nothing: only how many are open, or under way, is known. */
EngineCounts engine_counts_of(int64_t in_flight);

/* `count` of an engine that routes connections without carrying them: what each of them does, the
 * system does not tell, so that an open one counts as busy. */
bool engine_count_open(const EngineContext *context, const char *slot, bool fresh,
                       EngineCounts *out, Error *err);

const char *engine_class_name(EngineClass class_); /* "in_flight"; static */

#endif
