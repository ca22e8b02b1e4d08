/* succession: an upgrade. A parent starts another build of itself, and leaves everything to it: the
 * listening sockets, the workers, the lock and the routes. Nobody is refused at any instant, since
 * both have the same sockets, and the old workers serve until the new ones do.
 *
 * Over the channel between the two parents, one line of JSON each:
 *   new -> old  {"ready":true,"version":...}  its own workers run and have the sockets
 *   old -> new  {"do":"take","table":...,"workers":[...],"grace_ms":...}
 *               from here on the old one reads no worker and answers no question; the lock is free
 *   new -> old  {"serving":true}              it has the lock, its workers know the routes
 * Then the old one exits, and the new one has the old workers finish. If the new one dies, says
 * nothing in time or is no godeploy-proxy, the old one goes on as before. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_SUCCESSION_H
#define GODEPLOY_PROXY_SERVER_PARENT_SUCCESSION_H

#include "proxy/server/messages.h"
#include "proxy/server/parent/control_server.h"
#include "proxy/server/parent/inheritance.h"
#include "proxy/server/parent/workers.h"

typedef struct Parent Parent;
struct ParentOptions;

enum { SUCCESSION_BLOCK = 4096 };

typedef enum SuccessionStep {
    SUCCESSION_NONE,
    SUCCESSION_STARTED,
    SUCCESSION_HANDED
} SuccessionStep;

/* The old parent's side. */
typedef struct Succession {
    SuccessionStep step;
    bool ready;            /* it has said so: handed over as soon as no worker is being asked */
    uv_process_t *process; /* freed when closed */
    uv_pipe_t *channel;    /* likewise */
    uv_timer_t clock;
    int64_t looked_ms; /* of the loop */
    int64_t waited_ms; /* for its next word */
    int64_t grace_ms;
    LineBuffer lines;
    Json *workers;         /* as they were when it inherited their channels */
    ControlClient *client; /* who asked */
    const char *why;       /* we ended it; NULL: its end says all there is */
    char block[SUCCESSION_BLOCK];
} Succession;

/* The new parent's. */
typedef struct Successor {
    bool waits; /* it is not our turn yet */
    uv_pipe_t channel;
    LineBuffer lines;
    Inheritance inheritance;
    int64_t predecessor;
    int64_t grace_ms;
    char block[SUCCESSION_BLOCK];
} Successor;

void succession_init(Parent *parent);
/* The control command {"do":"upgrade","program":PATH,"grace_ms":N}. Answered when the new build
 * serves, or cannot. */
void succession_command(Parent *parent, ControlClient *client, const Json *question);
/* While it is, nothing is to be mended: both sides. */
bool succession_is_on(const Parent *parent);
/* Another parent has the workers: no question can be answered here. */
bool succession_has_handed_over(const Parent *parent);
void succession_give_up(Parent *parent); /* the parent itself is asked to stop */

bool successor_start(Parent *parent, const struct ParentOptions *options, Error *err);
bool successor_waits(const Parent *parent);
void successor_hear_worker(Parent *parent, WorkerProcess *worker);

#endif
