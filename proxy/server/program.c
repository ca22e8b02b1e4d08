/* See program.h. */
#include "proxy/server/program.h"

#include "base/file.h"
#include "base/path.h"

#include <string.h>

enum { STANDARD_ERROR = 2, ARGUMENTS_MAX = 12, PROGRAM_PATH_SIZE = 4096 };

/* A build that was replaced on disk in the meantime must not be mixed with this one: then the
 * system still has ours. Source: proc(5), exe. */
static void find_own_build(char out[PROGRAM_PATH_SIZE])
{
    static const char own[] = "/proc/self/exe";
    size_t size = PROGRAM_PATH_SIZE;

    if (uv_exepath(out, &size) < 0 || !file_exists(out))
        memcpy(out, own, sizeof own);
}

static size_t fill_stdio(uv_stdio_container_t *stdio, uv_pipe_t *channel, const int *inherited,
                         size_t inherited_count)
{
    for (size_t i = 0; i < PROGRAM_CHANNEL; i++)
        stdio[i].flags = UV_IGNORE;
    stdio[STANDARD_ERROR].flags = UV_INHERIT_FD; /* where a crash leaves its last words */
    stdio[STANDARD_ERROR].data.fd = STANDARD_ERROR;
    stdio[PROGRAM_CHANNEL].flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE;
    stdio[PROGRAM_CHANNEL].data.stream = (uv_stream_t *)channel;
    for (size_t i = 0; i < inherited_count; i++) {
        stdio[PROGRAM_FIRST_LISTENER + i].flags = UV_INHERIT_FD;
        stdio[PROGRAM_FIRST_LISTENER + i].data.fd = inherited[i];
    }
    return PROGRAM_FIRST_LISTENER + inherited_count;
}

bool program_start(uv_loop_t *loop, char **arguments, uv_pipe_t *channel, const int *inherited,
                   size_t inherited_count, uv_process_t *process, uv_exit_cb on_exit, Error *err)
{
    static char name[] = "godeploy-proxy";
    uv_stdio_container_t stdio[PROGRAM_FIRST_LISTENER + PROGRAM_LISTENERS_MAX];
    char *argv[ARGUMENTS_MAX] = {name};
    char path[PROGRAM_PATH_SIZE];
    uv_process_options_t options = {0};
    int status = 0;

    for (size_t i = 0; i + 2 < ARGUMENTS_MAX && arguments[i]; i++)
        argv[i + 1] = arguments[i];
    find_own_build(path);
    options.file = path;
    options.args = argv;
    options.flags = UV_PROCESS_DETACHED;
    options.exit_cb = on_exit;
    options.stdio = stdio;
    options.stdio_count = (int)fill_stdio(stdio, channel, inherited, inherited_count);
    status = uv_spawn(loop, process, &options);
    if (status < 0)
        return error_set(err, ERR_PROCESS, "starting %s: %s", path, uv_strerror(status));
    return true;
}
