/* worker: the process that moves the bytes. One event loop; told what to do by its parent over a
 * channel, on which the listening sockets come too.
 *
 * Messages are lines of JSON. To the worker: {"do":"listen"} with a socket; {"do":"page"} with the
 * page of an app in maintenance; {"do":"routes"}, {"do":"stats"}, {"do":"close"}, each with an "id"
 * that its answer repeats; {"do":"inherit"} once its parent has followed another one; {"do":"stop"}
 * with the "grace_ms" for what is under way and the "idle_ms" for clients that ask nothing. From
 * the worker: {"hello":true,...} first, then answers, and {"report":true,...} with its figures when
 * they have changed. */
#ifndef GODEPLOY_PROXY_SERVER_WORKER_H
#define GODEPLOY_PROXY_SERVER_WORKER_H

#include <stdbool.h>
#include <stddef.h>

/* Serves until it is told to stop; returns the exit status. `folder` is for a new parent, should
 * this one die: but not of a worker in `reserve`, before it is told to inherit. Until then there is
 * another parent, which goes on. */
int worker_run(const char *folder, size_t workers, bool reserve);

#endif
