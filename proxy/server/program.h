/* program: godeploy-proxy starting itself again, as a worker or as a new parent. */
#ifndef GODEPLOY_PROXY_SERVER_PROGRAM_H
#define GODEPLOY_PROXY_SERVER_PROGRAM_H

#include "base/error.h"

#include <stdbool.h>
#include <uv.h>

enum {
    PROGRAM_CHANNEL = 3,        /* the descriptor of the channel between parent and worker */
    PROGRAM_FIRST_LISTENER = 4, /* and of the first listener that a new parent inherits */
    PROGRAM_LISTENERS_MAX = 256,
    PROGRAM_EXIT_LOCKED = 4 /* another parent has the folder */
};

/* Starts this very build with `arguments` (NULL-terminated, without the program's name). `channel`
 * is an initialised IPC pipe: its other end, and the inherited descriptors, are the new process's.
 * `process` must live until its exit callback was called and it is closed. */
bool program_start(uv_loop_t *loop, char **arguments, uv_pipe_t *channel, const int *inherited,
                   size_t inherited_count, uv_process_t *process, uv_exit_cb on_exit, Error *err);

/* As many descriptors as the system lets us have; writing to a peer that is gone is an error, not a
 * signal. */
void program_prepare(void);

#endif
