/* See inheritance.h. A socket has a name for one other process, a pipe gets a handle in it. Whoever
 * gives keeps his own.
 *
 * On the channel, before anything else: the length of what follows, as HEADER hexadecimal digits,
 * then {"listeners":[NAME,...],"channels":["HANDLE",...]}.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-duplicatehandle */
#include "proxy/server/parent/inheritance.h"

#include "base/error_windows.h"
#include "base/handle_windows.h"
#include "base/text.h"
#include "proxy/server/messages.h"
#include "proxy/server/pipe_windows.h"
#include "proxy/server/program.h"
#include "proxy/server/socket_name_windows.h"

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { HEADER = 8, WILL_MAX = 1024 * 1024, PATIENCE_MS = 5000 };

size_t inheritance_descriptors(const Inheritance *inheritance, int *out, size_t room)
{
    (void)inheritance;
    (void)out;
    (void)room;
    return 0;
}

/* ---- giving ---- */

static bool put_listeners(const Inheritance *inheritance, int64_t pid, Json *will, Error *err)
{
    Json *list = json_new_array();
    char name[SOCKET_NAME_SIZE];

    for (size_t i = 0; i < inheritance->listener_count; i++) {
        if (!socket_name(inheritance->listeners[i], pid, name)) {
            json_free(list);
            return error_set_windows(err, ERR_PROCESS, (unsigned long)WSAGetLastError(),
                                     "giving a listening socket to process %lld", (long long)pid);
        }
        (void)json_push_text(list, name); /* a failure marks the value */
    }
    (void)json_put(will, "listeners", list);
    return true;
}

static bool put_channels(const Inheritance *inheritance, int64_t pid, Json *will, Error *err)
{
    CLEANUP(handle_close) HANDLE heir = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)pid);
    Json *list = json_new_array();
    char name[24];

    for (size_t i = 0; i < inheritance->channel_count; i++) {
        HANDLE theirs = NULL;

        if (!heir || !DuplicateHandle(GetCurrentProcess(), inheritance->channels[i], heir, &theirs,
                                      0, FALSE, DUPLICATE_SAME_ACCESS)) {
            json_free(list);
            return error_set_windows(err, ERR_PROCESS, GetLastError(),
                                     "giving a worker's channel to process %lld", (long long)pid);
        }
        (void)snprintf(name, sizeof name, "%llu", (unsigned long long)(uintptr_t)theirs);
        (void)json_push_text(list, name); /* a failure marks the value */
    }
    (void)json_put(will, "channels", list);
    return true;
}

bool inheritance_give(const Inheritance *inheritance, int64_t pid, uv_pipe_t *channel, Error *err)
{
    CLEANUP(json_free) Json *will = json_new_object();
    CLEANUP(free) char *text = NULL;
    CLEANUP_TEXT Text bytes = {0};

    if (!put_listeners(inheritance, pid, will, err) || !put_channels(inheritance, pid, will, err))
        return false;
    text = json_line(will);
    if (!text)
        return error_memory(err);
    text_appendf(&bytes, "%0*zx%s", HEADER, strlen(text), text);
    return (text_ok(&bytes, err) &&
            message_send_bytes((uv_stream_t *)channel, text_chars(&bytes), bytes.length)) ||
           error_memory(err);
}

/* ---- receiving ---- */

static bool read_some(HANDLE pipe, char *out, size_t length, DWORD *got)
{
    CLEANUP(handle_close) HANDLE done = CreateEventW(NULL, TRUE, FALSE, NULL);
    OVERLAPPED asked = {.hEvent = done};

    if (!done)
        return false;
    if (!ReadFile(pipe, out, (DWORD)length, NULL, &asked)) {
        if (GetLastError() != ERROR_IO_PENDING)
            return false;
        if (WaitForSingleObject(done, PATIENCE_MS) != WAIT_OBJECT_0)
            (void)CancelIoEx(pipe, &asked); /* over meanwhile is as good */
    }
    return GetOverlappedResult(pipe, &asked, got, TRUE) && *got > 0;
}

/* So many bytes and no more: what comes behind them is libuv's to read. */
static bool read_exactly(HANDLE pipe, char *out, size_t length)
{
    while (length > 0) {
        DWORD got = 0;

        if (!read_some(pipe, out, length, &got))
            return false;
        out += got;
        length -= got;
    }
    return true;
}

static char *read_text(HANDLE pipe)
{
    char header[HEADER + 1] = "";
    char *end = NULL;
    CLEANUP(free) char *text = NULL;
    unsigned long length = 0;

    if (!read_exactly(pipe, header, HEADER))
        return NULL;
    length = strtoul(header, &end, 16);
    if (end != header + HEADER || length > WILL_MAX)
        return NULL;
    text = calloc(length + 1, 1);
    return text && read_exactly(pipe, text, length) ? TAKE(text) : NULL;
}

static void take_listeners(const Json *list, Inheritance *out)
{
    for (size_t i = 0; i < json_count(list); i++) {
        SOCKET socket = socket_of_name(json_as_text(json_item(list, i)));

        if (socket != INVALID_SOCKET)
            inheritance_add_listener(out, socket);
    }
}

static void take_channels(const Json *list, Inheritance *out)
{
    for (size_t i = 0; i < json_count(list) && i < INHERITED_CHANNELS_MAX; i++) {
        const char *name = json_as_text(json_item(list, i));
        uint64_t handle = 0;

        if (name && text_parse_number(name, UINTPTR_MAX, &handle))
            out->channels[out->channel_count++] = (HANDLE)(uintptr_t)handle;
    }
}

bool inheritance_receive(size_t listeners, size_t channels, Inheritance *out, Error *err)
{
    CLEANUP(free) char *text = read_text((HANDLE)_get_osfhandle(PROGRAM_CHANNEL));
    CLEANUP(json_free) Json *will = NULL;

    *out = (Inheritance){0};
    if (!text)
        return error_set(err, ERR_PROCESS, "the process before said nothing of what it leaves");
    if (!json_parse(text, strlen(text), &will, err))
        return false;
    take_listeners(json_get(will, "listeners"), out);
    take_channels(json_get(will, "channels"), out);
    if (out->listener_count == listeners && out->channel_count == channels)
        return true;
    return error_set(err, ERR_PROCESS, "%zu listening sockets of %zu and %zu channels of %zu came",
                     out->listener_count, listeners, out->channel_count, channels);
}

int inheritance_open_channel(uv_pipe_t *pipe, uv_os_fd_t channel)
{
    return pipe_open_handle(pipe, channel);
}

/* ---- one listening socket ---- */

bool inheritance_wrap(uv_tcp_t *listener, int64_t pid, Json *message, uv_stream_t **rider)
{
    char name[SOCKET_NAME_SIZE];
    uv_os_fd_t descriptor;

    if (uv_fileno((const uv_handle_t *)listener, &descriptor) < 0 ||
        !socket_name((SOCKET)(uintptr_t)descriptor, pid, name))
        return false;
    (void)json_put_text(message, "socket", name); /* a failure marks the value */
    *rider = NULL;
    return true;
}
