/* worker_process: one worker as its parent holds it: the process, its channel, what it said of
 * itself. Only for workers*.c and worker_questions.c; everybody else knows it by name alone. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_WORKER_PROCESS_H
#define GODEPLOY_PROXY_SERVER_PARENT_WORKER_PROCESS_H

#include "proxy/server/messages.h"
#include "proxy/server/parent/workers.h"

enum {
    WORKER_ANSWER_MS = 5000, /* one that is silent for so long is not serving either */
    WORKER_LIVED_MS = 1000,  /* one that dies sooner is started again with a pause */
    WORKER_BLOCK = 64 * 1024
};

struct WorkerProcess {
    Link link;
    Workers *all;
    uv_pipe_t channel;
    uv_process_t process; /* only of those we started */
    int open_handles;     /* of the two: freed when both are closed */
    bool is_child;
    bool dead;
    bool greeted;
    bool leaving;       /* a parent's before us: it finishes what it has */
    bool bequeathed;    /* the parent that comes has its channel */
    int64_t kill_at_ms; /* of the loop; 0: never */
    char version[32];
    int64_t pid;
    int64_t since_ms;
    int64_t started_ms; /* of the loop */
    int64_t mute_ms;    /* that its hello was listened for */
    LineBuffer lines;
    char block[WORKER_BLOCK];
};

/* Nothing is read yet. NULL: out of memory. */
WorkerProcess *worker_new(Workers *all);
/* Its channel is open: it is one of them now. */
void worker_begin(WorkerProcess *worker);
/* Whose turn it is to read its channel: ours, or another parent's. */
void worker_listen(WorkerProcess *worker, bool ours);
/* What is known of it, by itself or by the parent before us. */
void worker_know(WorkerProcess *worker, const Json *known);
void worker_end_at_once(WorkerProcess *worker);

/* For libuv: the end of the process, and of one of its handles. */
void worker_on_exit(uv_process_t *process, int64_t exit_status, int signal_number);
void worker_on_handle_closed(uv_handle_t *handle);

int64_t workers_now_ms(const Workers *all);
void workers_check_all_gone(Workers *all); /* tells the parent, once they were to stop */

#endif
