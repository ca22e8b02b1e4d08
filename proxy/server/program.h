/* program: godeploy-proxy starting itself again, as a worker, as a new parent, or as another build.
 */
#ifndef GODEPLOY_PROXY_SERVER_PROGRAM_H
#define GODEPLOY_PROXY_SERVER_PROGRAM_H

#include "base/error.h"
#include "proxy/server/parent/inheritance.h"

#include <stdbool.h>
#include <uv.h>

enum {
    PROGRAM_CHANNEL = 3,     /* the descriptor of the channel between parent and worker */
    PROGRAM_EXIT_LOCKED = 4, /* another parent has the folder */
    PROGRAM_PATH_SIZE = 4096
};

typedef struct ProgramStart {
    const char *program;            /* absolute; NULL: this very build */
    const char *const *arguments;   /* NULL-terminated, without the program's name */
    uv_pipe_t *channel;             /* initialised (below): its other end is the new process's */
    const Inheritance *inheritance; /* NULL: none */
    uv_exit_cb on_exit;
} ProgramStart;

/* `process` must live until on_exit was called and it is closed. */
bool program_start(uv_loop_t *loop, const ProgramStart *start, uv_process_t *process, Error *err);

/* What uv_pipe_init() is to make of a channel. */
extern const int program_channel_ipc;

/* The path of this very build. */
void program_find_own(char out[PROGRAM_PATH_SIZE]);

/* As many descriptors as the system lets us have; writing to a peer that is gone is an error, not a
 * signal. */
void program_prepare(void);
size_t program_descriptors(void); /* how many that is */

#endif
