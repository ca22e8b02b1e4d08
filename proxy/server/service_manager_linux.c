/* See service_manager.h. */
#include "proxy/server/service_manager.h"

#include "base/text.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_HANDED = 3, HANDED_MAX = 4096, TELL_SECONDS = 1 };

/* ---- what was handed ---- */

static size_t read_count(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    uint64_t meant_for = 0;
    uint64_t number = 0;

    if (!pid || !count || !text_parse_number(pid, INT32_MAX, &meant_for) ||
        (pid_t)meant_for != getpid() || !text_parse_number(count, HANDED_MAX, &number))
        return 0;
    return (size_t)number;
}

/* Names are separated by colons. */
static bool is_named_ours(const char *names, size_t index)
{
    for (; names && index > 0; index--) {
        names = strchr(names, ':');
        names = names ? names + 1 : NULL;
    }
    return names && strcspn(names, ":") == strlen(SERVICE_MANAGER_OURS) &&
           text_starts_with(names, SERVICE_MANAGER_OURS);
}

/* What does not listen for connections is none of ours. Source: socket(7), SO_ACCEPTCONN. */
static bool is_listening(int descriptor)
{
    int type = 0;
    int listens = 0;
    socklen_t size = sizeof type;

    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return false;
    size = sizeof listens;
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

size_t service_manager_sockets(HandedSocket *out, size_t room)
{
    const char *names = getenv("LISTEN_FDNAMES");
    size_t handed = read_count();
    size_t count = 0;

    for (size_t i = 0; i < handed; i++) {
        int descriptor = FIRST_HANDED + (int)i;

        if (count == room || !is_listening(descriptor))
            continue;
        (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC); /* it is open */
        out[count++] = (HandedSocket){.socket = descriptor, .ours = is_named_ours(names, i)};
    }
    (void)unsetenv("LISTEN_PID"); /* cannot fail for these names */
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return count;
}

/* ---- what it wants to hear ---- */

bool service_manager_listens(void)
{
    const char *path = getenv("NOTIFY_SOCKET");

    return path && (path[0] == '/' || path[0] == '@') && path[1] != '\0';
}

/* '@' stands for the NUL byte of an abstract name. Source: unix(7). */
static bool find_ear(struct sockaddr_un *out, socklen_t *length)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t bytes = path ? strlen(path) : 0;

    if (!service_manager_listens() || bytes >= sizeof out->sun_path)
        return false;
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, path, bytes);
    if (path[0] == '@')
        out->sun_path[0] = '\0';
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
    return true;
}

void service_manager_tell(const char *assignments)
{
    const struct timeval patience = {.tv_sec = TELL_SECONDS};
    struct sockaddr_un ear;
    socklen_t length = 0;
    int mouth = -1;

    if (!find_ear(&ear, &length))
        return;
    mouth = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (mouth < 0)
        return;
    (void)setsockopt(mouth, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* as is, then */
    (void)sendto(mouth, assignments, strlen(assignments), MSG_NOSIGNAL,
                 (const struct sockaddr *)&ear, length); /* see service_manager.h */
    (void)close(mouth);
}
