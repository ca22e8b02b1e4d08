/* See program.h. */
#include "proxy/server/program.h"

#include "base/text.h"

#include <string.h>

enum {
    STANDARD_ERROR = 2,
    STDIO_MAX = PROGRAM_CHANNEL + 1 + INHERITED_LISTENERS_MAX + INHERITED_CHANNELS_MAX
};

static size_t fill_stdio(uv_stdio_container_t stdio[STDIO_MAX], const ProgramStart *start)
{
    int descriptors[INHERITED_LISTENERS_MAX + INHERITED_CHANNELS_MAX];
    size_t count = PROGRAM_CHANNEL + 1;
    size_t inherited = 0;

    for (size_t i = 0; i < PROGRAM_CHANNEL; i++)
        stdio[i].flags = UV_IGNORE;
    stdio[STANDARD_ERROR].flags = UV_INHERIT_FD; /* where a crash leaves its last words */
    stdio[STANDARD_ERROR].data.fd = STANDARD_ERROR;
    stdio[PROGRAM_CHANNEL].flags =
        UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE | UV_OVERLAPPED_PIPE;
    stdio[PROGRAM_CHANNEL].data.stream = (uv_stream_t *)start->channel;
    if (start->inheritance)
        inherited = inheritance_descriptors(start->inheritance, descriptors, STDIO_MAX - count);
    for (size_t i = 0; i < inherited; i++) {
        stdio[count].flags = UV_INHERIT_FD;
        stdio[count++].data.fd = descriptors[i];
    }
    return count;
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

/* One that does not get what it needs ends by itself: nobody speaks to it. */
bool program_start(uv_loop_t *loop, const ProgramStart *start, uv_process_t *process, Error *err)
{
    uv_stdio_container_t stdio[STDIO_MAX];
    CLEANUP_TEXT_LIST TextList arguments = {0};
    char path[PROGRAM_PATH_SIZE];
    uv_process_options_t options = {0};
    int status = 0;

    if (!copy_arguments(start, &arguments, err))
        return false;
    program_find_own(path);
    options.file = start->program ? start->program : path;
    options.args = arguments.items;
    options.flags = UV_PROCESS_DETACHED | UV_PROCESS_WINDOWS_HIDE;
    options.exit_cb = start->on_exit;
    options.stdio = stdio;
    options.stdio_count = (int)fill_stdio(stdio, start);
    status = uv_spawn(loop, process, &options);
    if (status < 0)
        return error_set(err, ERR_PROCESS, "starting %s: %s", options.file, uv_strerror(status));
    return !start->inheritance ||
           inheritance_give(start->inheritance, process->pid, start->channel, err);
}
