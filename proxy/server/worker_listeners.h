/* worker_listeners: the listening sockets that a worker was handed, and the connections it accepts
 * on them. The parent holds the same sockets: what waits in their backlog outlives the worker. */
#ifndef GODEPLOY_PROXY_SERVER_WORKER_LISTENERS_H
#define GODEPLOY_PROXY_SERVER_WORKER_LISTENERS_H

#include "proxy/server/parent/inheritance.h"
#include "proxy/server/traffic.h"

typedef struct WorkerListeners {
    Link list;
    size_t count;
    Traffic *traffic;
    size_t most_open; /* connections, to clients and slots: with more, clients wait in the backlog,
                         so that each one that was accepted finds a descriptor for its request */
    uv_timer_t room;
} WorkerListeners;

void worker_listeners_init(WorkerListeners *all, Traffic *traffic);
/* Takes the socket that came over `channel` with `message`; one for an address that is there
 * already is closed. */
void worker_listeners_receive(WorkerListeners *all, uv_pipe_t *channel, const Json *message);
/* Accepts on what a route names, closes the rest. *why gets the first trouble, "" if there is none.
 */
void worker_listeners_follow(WorkerListeners *all, Text *why);
void worker_listeners_close(WorkerListeners *all);
void worker_listeners_bequeath(const WorkerListeners *all, Inheritance *out);

#endif
