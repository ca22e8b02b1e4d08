/* heir: a worker whose parent was killed starts a new one, which inherits the listening sockets, so
 * that nothing is refused at any instant.
 *
 * Where somebody else's parent has the folder, or a service manager starts the next one, there is
 * nothing to inherit: the worker drains. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_HEIR_H
#define GODEPLOY_PROXY_SERVER_PARENT_HEIR_H

#include "proxy/server/worker_listeners.h"

typedef struct Heir {
    uv_loop_t *loop;
    const char *folder;
    size_t workers; /* that the new parent shall keep */
    const WorkerListeners *listeners;
    void (*started)(void *owner, uv_pipe_t *channel); /* takes the channel to the new parent */
    void (*disowned)(void *owner);                    /* another parent has the folder */
    void *owner;
    uv_timer_t retry;
    int64_t parent_pid; /* of the last parent */
    bool child_lives;   /* the parent we started is there, and its end will be told */
    bool waiting;       /* for that end, to learn why */
    int64_t started_ms;
} Heir;

void heir_init(Heir *heir, uv_loop_t *loop);
/* The channel to the parent is at its end. */
void heir_parent_lost(Heir *heir);

#endif
