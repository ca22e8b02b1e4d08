/* See process.h: who listens on a port. The socket's inode stands in /proc/net/tcp{,6}; who holds a
 * descriptor of it, in /proc/PID/fd. Source: proc(5), proc_pid_net(5). */
#include "base/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LISTENERS = 32, LINE_SIZE = 512, LINK_SIZE = 64 };

typedef struct Listeners {
    uint64_t inodes[MOST_LISTENERS];
    size_t count;
} Listeners;

static const char *skip_fields(const char *at, int fields)
{
    at += strspn(at, " ");
    for (int i = 0; i < fields; i++) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return at;
}

/* "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 12345 ..."
 */
static bool line_listens(const char *line, uint16_t port, uint64_t *inode)
{
    enum { LOCAL = 1, STATE = 3, INODE = 9, TCP_STATE_LISTEN = 0x0A };
    const char *colon = strchr(skip_fields(line, LOCAL), ':');

    if (!colon || strtoul(colon + 1, NULL, 16) != port ||
        strtoul(skip_fields(line, STATE), NULL, 16) != TCP_STATE_LISTEN)
        return false;
    *inode = strtoull(skip_fields(line, INODE), NULL, 10);
    return true;
}

static bool find_listeners(const char *path, uint16_t port, Listeners *out, Error *err)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");

    if (!file) {
        if (errno == ENOENT) /* a kernel without IPv6 */
            return true;
        return error_set_errno(err, ERR_PROCESS, errno, "reading %s", path);
    }
    while (fgets(line, sizeof line, file)) {
        uint64_t inode;

        if (out->count < MOST_LISTENERS && line_listens(line, port, &inode))
            out->inodes[out->count++] = inode;
    }
    (void)fclose(file); /* nothing was written */
    return true;
}

static bool link_is_listener(const char *link, const Listeners *wanted)
{
    static const char prefix[] = "socket:[";
    uint64_t inode;

    if (strncmp(link, prefix, sizeof prefix - 1) != 0)
        return false;
    inode = strtoull(link + sizeof prefix - 1, NULL, 10);
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->inodes[i] == inode)
            return true;
    return false;
}

static bool holds_listener(const char *pid, const Listeners *wanted)
{
    char path[LINK_SIZE];
    const struct dirent *entry;
    DIR *folder;
    bool found = false;

    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    folder = opendir(path);
    while (folder && !found && (entry = readdir(folder))) {
        char link[LINK_SIZE];
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);

        if (length > 0) {
            link[length] = '\0';
            found = link_is_listener(link, wanted);
        }
    }
    if (folder)
        (void)closedir(folder); /* nothing was written */
    return found;
}

/* /proc lists by pid: where a parent and its workers hold one socket, mostly the parent is told. */
static bool find_holder(const Listeners *wanted, int64_t *pid, Error *err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    int64_t found = -1;

    if (!proc)
        return error_set_errno(err, ERR_PROCESS, errno, "reading /proc");
    while (found < 0 && (entry = readdir(proc)))
        if (isdigit((unsigned char)entry->d_name[0]) && holds_listener(entry->d_name, wanted))
            found = strtoll(entry->d_name, NULL, 10);
    (void)closedir(proc); /* nothing was written */
    *pid = found;
    return true;
}

bool process_listening_on(uint16_t port, int64_t *pid, Error *err)
{
    Listeners listeners = {0};

    if (!find_listeners("/proc/self/net/tcp", port, &listeners, err) ||
        !find_listeners("/proc/self/net/tcp6", port, &listeners, err))
        return error_while(err, "looking who listens on port %u", (unsigned)port);
    if (listeners.count == 0) {
        *pid = 0;
        return true;
    }
    return find_holder(&listeners, pid, err);
}
