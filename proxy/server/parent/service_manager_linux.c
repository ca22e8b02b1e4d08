/* See service_manager.h. */
#include "proxy/server/parent/service_manager.h"

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
    return names && text_starts_with(names, SERVICE_MANAGER_OURS);
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

/* `kept` is -1, or goes along. Source: cmsg(3). */
static void tell(const char *assignments, int kept)
{
    const struct timeval patience = {.tv_sec = TELL_SECONDS};
    union {
        struct cmsghdr header; /* aligns the next */
        char bytes[CMSG_SPACE(sizeof kept)];
    } control = {0};
    struct sockaddr_un ear;
    struct iovec words = {.iov_len = strlen(assignments)};
    struct msghdr message = {.msg_name = &ear, .msg_iov = &words, .msg_iovlen = 1};
    int mouth = -1;

    if (!find_ear(&ear, &message.msg_namelen))
        return;
    memcpy(&words.iov_base, &assignments, sizeof assignments); /* which is only read */
    if (kept >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof kept), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &kept, sizeof kept);
    }
    mouth = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (mouth < 0)
        return;
    (void)setsockopt(mouth, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* as is, then */
    (void)sendmsg(mouth, &message, MSG_NOSIGNAL); /* see service_manager.h */
    (void)close(mouth);
}

void service_manager_tell(const char *assignments)
{
    tell(assignments, -1);
}

/* A name of its own for each, so that one can be taken back; it may hold no colon. */
static void tell_about(const char *what, const Address *address, int kept)
{
    char text[ADDRESS_TEXT_SIZE];
    CLEANUP(free)
    char *words = text_formatted("%s\nFDNAME=" SERVICE_MANAGER_OURS "-%s", what,
                                 address_format(address, text));

    if (!words)
        return; /* then it is bound anew after a restart */
    for (char *at = strrchr(words, '\n'); *at; at++)
        if (*at == ':')
            *at = '_';
    tell(words, kept);
}

void service_manager_keep(const Address *address, uv_os_sock_t socket)
{
    tell_about("FDSTORE=1", address, socket);
}

void service_manager_forget(const Address *address)
{
    tell_about("FDSTOREREMOVE=1", address, -1);
}
