/* See program.h. */
#include "proxy/server/program.h"

#include "base/file.h"
#include "base/text.h"

#include <string.h>

enum { STANDARD_ERROR = 2, PROGRAM_PATH_SIZE = 4096 };

/* A build that was replaced on disk in the meantime must not be mixed with this one: then the
 * system still has ours. Source: proc(5), exe. */
static void find_own_build(char out[PROGRAM_PATH_SIZE])
{
    static const char own[] = "/proc/self/exe";
    size_t size = PROGRAM_PATH_SIZE;

    if (uv_exepath(out, &size) < 0 || !file_exists(out))
        memcpy(out, own, sizeof own);
}

static size_t fill_stdio(uv_stdio_container_t *stdio, const ProgramStart *start)
{
    for (size_t i = 0; i < PROGRAM_CHANNEL; i++)
        stdio[i].flags = UV_IGNORE;
    stdio[STANDARD_ERROR].flags = UV_INHERIT_FD; /* where a crash leaves its last words */
    stdio[STANDARD_ERROR].data.fd = STANDARD_ERROR;
    stdio[PROGRAM_CHANNEL].flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE;
    stdio[PROGRAM_CHANNEL].data.stream = (uv_stream_t *)start->channel;
    for (size_t i = 0; i < start->inherited_count; i++) {
        stdio[PROGRAM_FIRST_LISTENER + i].flags = UV_INHERIT_FD;
        stdio[PROGRAM_FIRST_LISTENER + i].data.fd = start->inherited[i];
    }
    return PROGRAM_FIRST_LISTENER + start->inherited_count;
}

/* libuv's argv is not const, although it only reads it: it gets copies. */
static bool copy_arguments(const ProgramStart *start, TextList *out, Error *err)
{
    if (!text_list_add(out, "godeploy-proxy", err))
        return false;
    for (size_t i = 0; start->arguments[i]; i++) {
        if (!text_list_add(out, start->arguments[i], err))
            return false;
    }
    return true;
}

bool program_start(uv_loop_t *loop, const ProgramStart *start, uv_process_t *process, Error *err)
{
    uv_stdio_container_t
        stdio[PROGRAM_FIRST_LISTENER + PROGRAM_LISTENERS_MAX + PROGRAM_CHANNELS_MAX];
    CLEANUP_TEXT_LIST TextList arguments = {0};
    char path[PROGRAM_PATH_SIZE];
    uv_process_options_t options = {0};
    int status = 0;

    if (!copy_arguments(start, &arguments, err))
        return false;
    find_own_build(path);
    options.file = start->program ? start->program : path;
    options.args = arguments.items;
    options.flags = UV_PROCESS_DETACHED;
    options.exit_cb = start->on_exit;
    options.stdio = stdio;
    options.stdio_count = (int)fill_stdio(stdio, start);
    status = uv_spawn(loop, process, &options);
    if (status < 0)
        return error_set(err, ERR_PROCESS, "starting %s: %s", options.file, uv_strerror(status));
    return true;
}
