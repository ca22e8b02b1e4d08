/* See control_door.h. libuv makes its pipes for everybody to read and for other hosts to reach;
 * ours are made here. One instance always waits for a client: the next one is made before the last
 * one is handed on, so that there is no instant without any.
 *
 * Source: https://learn.microsoft.com/windows/win32/ipc/named-pipe-security-and-access-rights */
#include "proxy/server/parent/control_door.h"

#include "base/error_windows.h"
#include "base/file/file.h"
#include "base/handle_windows.h"
#include "base/net/local_socket.h"
#include "base/path.h"
#include "base/wide_windows.h"
#include "proxy/server/pipe_windows.h"

#include <sddl.h>
#include <stdlib.h>
#include <windows.h>

enum { BUFFER_BYTES = 64 * 1024, RETRY_MS = 20, MARK_MODE = 0600 };

/* Protected: nothing is inherited. Everything for SYSTEM, administrators, and the account of this
 * process as the owner of the pipe; nothing for others. Who has logged on from another host (SSH,
 * WinRM) is here; a pipe opened from there is refused by its mode. */
static const wchar_t access_rules[] = L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)";

struct ControlDoor {
    uv_async_t woken;
    uv_timer_t retry;
    int open_handles; /* of the two: freed when both are closed */
    wchar_t *name;
    HANDLE next; /* waits for a client; NULL: none could be made just now */
    bool come;   /* one was faster than we asked */
    OVERLAPPED asked;
    HANDLE event;
    HANDLE watch; /* of the thread pool, on `event` */
    ControlKnock *knock;
    void *owner;
};

/* ---- one more instance ---- */

static void forget_next(ControlDoor *door)
{
    if (door->next)
        (void)CloseHandle(door->next);
    door->next = NULL;
}

/* 0, or a number of Windows. The name must be nobody else's: what others made under it first is not
 * asked into our house. */
static DWORD make_instance(ControlDoor *door, bool first)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
    HANDLE pipe = NULL;
    DWORD number = 0;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(access_rules, SDDL_REVISION_1,
                                                              &security.lpSecurityDescriptor, NULL))
        return GetLastError();
    pipe = CreateNamedPipeW(door->name,
                            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED |
                                (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0),
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, BUFFER_BYTES, BUFFER_BYTES, 0, &security);
    number = GetLastError();
    local_memory_free(security.lpSecurityDescriptor);
    if (pipe == INVALID_HANDLE_VALUE)
        return number;
    door->next = pipe;
    return 0;
}

/* A client that was faster than the call is no end of the call: that is never begun. One that has
 * gone again meanwhile (ERROR_NO_DATA) is let in too, and found to have hung up. */
static DWORD wait_for_client(ControlDoor *door)
{
    DWORD number = 0;

    door->come = false;
    door->asked = (OVERLAPPED){.hEvent = door->event};
    if (ConnectNamedPipe(door->next, &door->asked))
        return 0;
    number = GetLastError();
    if (number == ERROR_PIPE_CONNECTED || number == ERROR_NO_DATA) {
        door->come = true;
        (void)SetEvent(door->event); /* it is ours */
    }
    return door->come || number == ERROR_IO_PENDING ? 0 : number;
}

static DWORD open_instance(ControlDoor *door, bool first)
{
    DWORD number = make_instance(door, first);

    if (number == 0)
        number = wait_for_client(door);
    if (number != 0)
        forget_next(door);
    return number;
}

static void on_retry(uv_timer_t *retry);

/* Out of memory it is tried again. */
static void open_next(ControlDoor *door)
{
    if (open_instance(door, false) != 0)
        (void)uv_timer_start(&door->retry, on_retry, RETRY_MS, 0); /* never fails */
}

static void on_retry(uv_timer_t *retry)
{
    open_next(retry->data);
}

static void on_woken(uv_async_t *woken)
{
    ControlDoor *door = woken->data;

    if (door->next && (door->come || HasOverlappedIoCompleted(&door->asked)))
        door->knock(door->owner);
}

/* On a thread of the pool. */
static void CALLBACK on_event(void *door, BOOLEAN timed_out)
{
    (void)timed_out;
    (void)uv_async_send(&((ControlDoor *)door)->woken); /* never fails */
}

int control_door_admit(ControlDoor *door, uv_pipe_t *client)
{
    HANDLE come = door->next;

    door->next = NULL;
    open_next(door);
    return pipe_open_handle(client, come);
}

/* ---- the door ---- */

/* What control.c looks for where a Unix socket would be. Made anew, so that its owner is the
 * pipe's: who asks compares the two (local_socket_windows.c). It is never missing meanwhile: that
 * would say that a parent stopped in good order. */
static bool leave_mark(const ControlPlace *place, char **path, Error *err)
{
    CLEANUP(free) char *where = path_join(place->folder, place->name);

    if (!where)
        return error_memory(err);
    if (!file_write_atomic(where, "", 0, MARK_MODE, err))
        return false;
    *path = TAKE(where);
    return true;
}

static bool open_first(ControlDoor *door, const char *path, Error *err)
{
    CLEANUP(free) char *name = local_socket_name(path);
    DWORD number = 0;

    door->name = name ? wide_from_utf8(name) : NULL;
    door->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!door->name || !door->event)
        return error_memory(err);
    number = open_instance(door, true);
    if (number != 0)
        return error_set_windows(err, ERR_NETWORK, number, "opening the pipe %s for %s", name,
                                 path);
    if (!RegisterWaitForSingleObject(&door->watch, door->event, on_event, door, INFINITE,
                                     WT_EXECUTEINWAITTHREAD))
        return error_set_os(err, ERR_NETWORK, "waiting at the pipe %s", name);
    return true;
}

bool control_door_open(uv_loop_t *loop, const ControlPlace *place, ControlDoor **out, Error *err)
{
    CLEANUP(free) char *path = NULL;
    ControlDoor *door = calloc(1, sizeof *door);

    if (!door || uv_async_init(loop, &door->woken, on_woken) < 0) {
        free(door);
        return error_memory(err);
    }
    (void)uv_timer_init(loop, &door->retry); /* never fails */
    door->woken.data = door;
    door->retry.data = door;
    door->open_handles = 2;
    door->knock = place->knock;
    door->owner = place->owner;
    if (!leave_mark(place, &path, err) || !open_first(door, path, err)) {
        control_door_close(door);
        return false;
    }
    *out = door;
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    ControlDoor *door = handle->data;

    if (--door->open_handles == 0)
        free(door);
}

void control_door_close(ControlDoor *door)
{
    uv_close((uv_handle_t *)&door->woken, on_closed);
    uv_close((uv_handle_t *)&door->retry, on_closed);
    if (door->watch)
        (void)UnregisterWaitEx(door->watch, INVALID_HANDLE_VALUE); /* waits for on_event() */
    if (door->next) {
        DWORD none = 0;

        (void)CancelIoEx(door->next, &door->asked); /* over already is as good */
        (void)(door->come || GetOverlappedResult(door->next, &door->asked, &none, TRUE));
    }
    forget_next(door);
    if (door->event)
        (void)CloseHandle(door->event);
    free(door->name);
}
