/* workers: the workers as their parent sees them: started, told, asked, and replaced when they die
 * or do not answer. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_WORKERS_H
#define GODEPLOY_PROXY_SERVER_PARENT_WORKERS_H

#include "base/json.h"
#include "proxy/server/link.h"
#include "proxy/server/parent/event_log.h"
#include "proxy/server/parent/inheritance.h"

#include <uv.h>

enum { WORKERS_MAX = 16 };

typedef struct WorkerProcess WorkerProcess;

/* What happened, for the parent to act on. */
typedef struct WorkersEvents {
    /* It is there and knows nothing yet: tell it the listeners and the routes. */
    void (*arrived)(void *owner, WorkerProcess *worker, const Json *hello);
    void (*reported)(void *owner, const Json *report); /* its figures, unasked */
    void (*gone)(void *owner, int64_t pid);
    void (*all_gone)(void *owner); /* after workers_stop() */
} WorkersEvents;

typedef struct Workers {
    uv_loop_t *loop;
    const char *folder; /* borrowed */
    const EventLog *log;
    WorkersEvents events;
    void *owner;
    Link list;      /* of WorkerProcess */
    Link questions; /* that wait for answers */
    size_t wanted;
    bool in_reserve; /* those that are started now: see worker_run() */
    int64_t restarts;
    int64_t next_id;
    uv_timer_t patience; /* ends questions, brings delayed starts */
    bool stopping;
    bool handed_over; /* to another parent */
} Workers;

void workers_init(Workers *all, uv_loop_t *loop);
/* Brings their number up to `wanted`. */
void workers_fill(Workers *all);
/* A worker that started us; the channel is descriptor PROGRAM_CHANNEL. */
bool workers_adopt(Workers *all, Error *err);
bool workers_have_greeted(const Workers *all); /* all of them; also true if there are none */
bool workers_are_complete(const Workers *all); /* as many as wanted, and all have greeted */
/* Asks them to finish, and kills them later; then events.all_gone. Who has connected and is silent
 * may ask within `idle_ms`. */
void workers_stop(Workers *all, int64_t idle_ms);

/* ---- an upgrade: another parent gets the workers, and has them finish ---- */

void workers_bequeath(Workers *all, Inheritance *out); /* the channels of those there are */
bool workers_are_bequeathed(const Workers *all);       /* each of them: none has come since */
/* Nothing is on its way to or from any of them. */
bool workers_are_quiet(const Workers *all);
/* Another parent reads their channels, and replaces them; until it dies, perhaps in the middle of a
 * word to them. */
void workers_hand_over(Workers *all);
void workers_take_back(Workers *all);
/* One of a parent before us: `channel` was inherited, `known` its part of workers_to_json(). It
 * is not counted, and is not replaced when it is gone. */
bool workers_take_over(Workers *all, uv_os_fd_t channel, const Json *known, Error *err);
/* Has those finish, and ends after `grace_ms` what they have not finished. */
void workers_retire(Workers *all, int64_t grace_ms);

/* To one, or to all. */
void worker_tell(WorkerProcess *worker, const Json *message);
void workers_tell(Workers *all, const Json *message);
/* The message {"do":"listen"} with that socket. */
void worker_give(WorkerProcess *worker, uv_tcp_t *listener);
void workers_give(Workers *all, uv_tcp_t *listener);

/* Asks all of them; `done` gets the list of answers once every one that lives has given one. Who
 * does not answer in time is killed and replaced. `question` is changed: it gets an id. */
typedef void WorkersAnswered(void *context, const Json *answers);
bool workers_ask(Workers *all, Json *question, WorkersAnswered *done, void *context);

Json *workers_to_json(const Workers *all); /* [{"pid","since_ms","version","leaving"}] */

#endif
