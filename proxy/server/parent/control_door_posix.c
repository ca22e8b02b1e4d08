/* See control_door.h. */
#include "proxy/server/parent/control_door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONTROL_BACKLOG = 64 };

/* The folder by its descriptor: its path may be longer than sun_path. Source: proc(5), fd. */
static bool bind_inside(int folder, const char *name, int descriptor)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    int length =
        snprintf(where.sun_path, sizeof where.sun_path, "/proc/self/fd/%d/%s", folder, name);
    mode_t before = 0;
    bool bound = false;
    int number = 0;

    if (length < 0 || (size_t)length >= sizeof where.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    before = umask(0177); /* one thread: nothing else is made meanwhile */
    bound = bind(descriptor, (const struct sockaddr *)&where, sizeof where) == 0;
    number = errno;
    (void)umask(before);
    errno = number;
    return bound;
}

static bool open_inside(int folder, const char *name, int *out)
{
    int descriptor = -1;
    int number = 0;

    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        return false;
    descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return false;
    if (bind_inside(folder, name, descriptor) && listen(descriptor, CONTROL_BACKLOG) == 0) {
        *out = descriptor;
        return true;
    }
    number = errno;
    (void)close(descriptor); /* nothing was written */
    errno = number;
    return false;
}

static bool listen_at(const ControlPlace *place, int *out, Error *err)
{
    int inside = open(place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool opened = inside >= 0 && open_inside(inside, place->name, out);
    int number = errno;

    if (inside >= 0)
        (void)close(inside); /* nothing was written */
    if (!opened)
        return error_set_errno(err, ERR_NETWORK, number, "opening the control socket %s/%s",
                               place->folder, place->name);
    return true;
}

/* ---- the door ---- */

struct ControlDoor {
    uv_pipe_t pipe; /* first */
    ControlKnock *knock;
    void *owner;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle); /* the first member of a ControlDoor */
}

static void on_client(uv_stream_t *stream, int status)
{
    ControlDoor *door = (ControlDoor *)stream;

    if (status == 0)
        door->knock(door->owner);
}

static int listen_on(ControlDoor *door, int descriptor)
{
    int status = uv_pipe_open(&door->pipe, descriptor);

    if (status < 0) {
        (void)close(descriptor); /* nothing was written */
        return status;
    }
    return uv_listen((uv_stream_t *)&door->pipe, CONTROL_BACKLOG, on_client);
}

bool control_door_open(uv_loop_t *loop, const ControlPlace *place, ControlDoor **out, Error *err)
{
    ControlDoor *door = calloc(1, sizeof *door);
    int descriptor = -1;
    int status = 0;

    if (!door || uv_pipe_init(loop, &door->pipe, 0) < 0) {
        free(door);
        return error_memory(err);
    }
    door->knock = place->knock;
    door->owner = place->owner;
    if (!listen_at(place, &descriptor, err)) {
        control_door_close(door);
        return false;
    }
    status = listen_on(door, descriptor);
    if (status < 0) {
        control_door_close(door);
        return error_set(err, ERR_NETWORK, "listening on the control socket: %s",
                         uv_strerror(status));
    }
    *out = door;
    return true;
}

int control_door_admit(ControlDoor *door, uv_pipe_t *client)
{
    return uv_accept((uv_stream_t *)&door->pipe, (uv_stream_t *)client);
}

void control_door_close(ControlDoor *door)
{
    uv_close((uv_handle_t *)&door->pipe, on_closed);
}
