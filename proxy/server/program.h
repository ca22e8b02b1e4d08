/* program: godeploy-proxy starting itself again, as a worker, as a new parent, or as another build.
 */
#ifndef GODEPLOY_PROXY_SERVER_PROGRAM_H
#define GODEPLOY_PROXY_SERVER_PROGRAM_H

#include "base/error.h"

#include <stdbool.h>
#include <uv.h>

enum {
    PROGRAM_CHANNEL = 3,        /* the descriptor of the channel between parent and worker */
    PROGRAM_FIRST_LISTENER = 4, /* and of the first listener that a new parent inherits */
    PROGRAM_LISTENERS_MAX = 256,
    PROGRAM_CHANNELS_MAX = 64, /* of workers that a successor inherits behind the listeners */
    PROGRAM_EXIT_LOCKED = 4    /* another parent has the folder */
};

typedef struct ProgramStart {
    const char *program;          /* absolute; NULL: this very build */
    const char *const *arguments; /* NULL-terminated, without the program's name */
    uv_pipe_t *channel;           /* an initialised IPC pipe: its other end is the new process's */
    const int *inherited;         /* descriptors that the new process gets too */
    size_t inherited_count;
    uv_exit_cb on_exit;
} ProgramStart;

/* `process` must live until on_exit was called and it is closed. */
bool program_start(uv_loop_t *loop, const ProgramStart *start, uv_process_t *process, Error *err);

/* As many descriptors as the system lets us have; writing to a peer that is gone is an error, not a
 * signal. */
void program_prepare(void);
size_t program_descriptors(void); /* how many that is */

#endif
