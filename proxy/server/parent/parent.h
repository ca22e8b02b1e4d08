/* parent: the process that owns the listening sockets, the control socket, routes.json and the
 * workers, and moves no bytes. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_PARENT_H
#define GODEPLOY_PROXY_SERVER_PARENT_PARENT_H

#include "base/file/file_lock.h"
#include "proxy/server/figures.h"
#include "proxy/server/listeners.h"
#include "proxy/server/metrics_server.h"
#include "proxy/server/pages.h"
#include "proxy/server/parent/control_server.h"
#include "proxy/server/parent/event_log.h"
#include "proxy/server/parent/succession.h"
#include "proxy/server/parent/workers.h"
#include "proxy/server/routes.h"

typedef struct ParentOptions {
    const char *folder; /* absolute */
    size_t workers;
    bool foreground;
    int adopted_listeners; /* -1: not started by an orphan or by a parent */
    int lent_listeners;    /* the first of those: they belong to the service manager */
    int handed_channels;   /* -1: not started by a parent that is to be followed */
    int64_t dead_parent;   /* whose lock may be held for another moment */
} ParentOptions;

struct Parent {
    uv_loop_t *loop;
    const char *folder;
    char *routes_path;
    char *log_path;
    FileLock *lock;
    EventLog log;
    RouteTable table;
    Pages pages;
    Figures figures;
    Text load_problem;   /* routes.json was not usable */
    Text listen_problem; /* an address of a route cannot be had at the moment */
    Listeners listeners;
    Workers workers;
    ControlServer control;
    MetricsServer metrics;
    uv_signal_t signals[3];
    uv_timer_t mender; /* tries again what could not be opened */
    bool settled;      /* the table is final, and the listeners open */
    bool sockets_stay; /* the service manager has them too: who connects while we are away waits */
    bool told_ready;   /* it knows that we are ready */
    bool stopping;
    bool followed; /* another parent has everything by now */
    Succession succession;
    Successor successor;
};

/* Serves until it is told to stop; returns the exit status: PROGRAM_EXIT_LOCKED if another parent
 * has the folder. */
int parent_run(const ParentOptions *options);

typedef struct ParentChange {
    RouteTable *next;      /* taken, also on failure */
    const Route *route;    /* whose addresses must be had first; NULL: none */
    const char *page;      /* that the route shows; NULL: none */
    WorkersAnswered *done; /* called once every worker has it */
    void *context;
} ParentChange;

/* *out is what the route shows, NULL if it shows nothing; caller frees. */
bool parent_read_page(const Route *route, char **out, Error *err);
/* On success it is on disk, and `done` will be called or was. On failure nothing has changed, and
 * *code says of what kind it was (static). */
bool parent_change(Parent *parent, const ParentChange *change, const char **code, Error *err);
void parent_stop(Parent *parent);

/* For whoever hands over or takes over (succession.h). */
bool parent_settle(Parent *parent, Error *err); /* the table is known: answer questions */

#endif
