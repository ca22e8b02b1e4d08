/* See control_socket.h. */
#include "proxy/server/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

bool control_socket_open(const char *folder, const char *name, int *out, Error *err)
{
    int inside = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool opened = inside >= 0 && open_inside(inside, name, out);
    int number = errno;

    if (inside >= 0)
        (void)close(inside); /* nothing was written */
    if (!opened)
        return error_set_errno(err, ERR_NETWORK, number, "opening the control socket %s/%s", folder,
                               name);
    return true;
}
