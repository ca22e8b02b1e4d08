/* See process.h: who listens on a port. Who holds a descriptor of the socket stands in
 * /proc/PID/fd. Source: proc(5). */
#include "base/net/listeners_linux.h"
#include "base/process/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINK_SIZE = 64 };

/* The port of the listener that `link` leads to; 0 if it is none of them. */
static uint16_t port_of_link(const char *link, const Listeners *wanted)
{
    static const char prefix[] = "socket:[";
    uint64_t inode;

    if (strncmp(link, prefix, sizeof prefix - 1) != 0)
        return 0;
    inode = strtoull(link + sizeof prefix - 1, NULL, 10);
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->sockets[i].inode == inode)
            return wanted->sockets[i].port;
    return 0;
}

/* The lowest port among the listeners that process `pid` holds; 0 if it holds none. */
static uint16_t port_held(const char *pid, const Listeners *wanted)
{
    char path[LINK_SIZE];
    const struct dirent *entry;
    DIR *folder;
    uint16_t lowest = 0;

    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        char link[LINK_SIZE];
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);

        if (length > 0) {
            uint16_t port;

            link[length] = '\0';
            port = port_of_link(link, wanted);
            lowest = port != 0 && (lowest == 0 || port < lowest) ? port : lowest;
        }
    }
    if (folder)
        (void)closedir(folder); /* nothing was written */
    return lowest;
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
        if (isdigit((unsigned char)entry->d_name[0]) && port_held(entry->d_name, wanted) != 0)
            found = strtoll(entry->d_name, NULL, 10);
    (void)closedir(proc); /* nothing was written */
    *pid = found;
    return true;
}

bool process_listening_on(uint16_t port, int64_t *pid, Error *err)
{
    Listeners listeners = {0};

    if (!listeners_find(port, &listeners, err))
        return error_while(err, "looking who listens on port %u", (unsigned)port);
    if (listeners.count == 0) {
        *pid = 0;
        return true;
    }
    return find_holder(&listeners, pid, err);
}

/* The lowest port among the listeners that descendants of `process` hold; 0 if there are none. */
static uint16_t port_held_below(const ProcessId *process, const Listeners *wanted)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    uint16_t lowest = 0;

    while (proc && (entry = readdir(proc))) {
        uint16_t held;

        if (!isdigit((unsigned char)entry->d_name[0]) ||
            !process_descends_from(strtoll(entry->d_name, NULL, 10), process->pid))
            continue;
        held = port_held(entry->d_name, wanted);
        lowest = held != 0 && (lowest == 0 || held < lowest) ? held : lowest;
    }
    if (proc)
        (void)closedir(proc); /* nothing was written */
    return lowest;
}

bool process_find_listener(const ProcessId *process, uint16_t *port, Error *err)
{
    Listeners listeners = {0};

    if (!listeners_find(0, &listeners, err))
        return error_while(err, "looking where process %lld listens", (long long)process->pid);
    *port = process_alive(process) ? port_held_below(process, &listeners) : 0;
    return true;
}

bool process_listens(const ProcessId *process, uint16_t port, bool *listens, Error *err)
{
    Listeners listeners = {0};
    char pid[24];

    if (!listeners_find(port, &listeners, err))
        return error_while(err, "looking who listens on port %u", (unsigned)port);
    (void)snprintf(pid, sizeof pid, "%lld", (long long)process->pid);
    *listens = listeners.count > 0 && process_alive(process) &&
               (port_held(pid, &listeners) != 0 || port_held_below(process, &listeners) != 0);
    return true;
}
