/* See proc_stat_linux.h. */
#include "base/process/proc_stat_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_read(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;

    if (fd < 0)
        return false;
    do {
        got = read(fd, buffer, size - 1); /* /proc gives such a file in one piece */
    } while (got < 0 && errno == EINTR);
    (void)close(fd); /* nothing was written */
    if (got <= 0)
        return false;
    buffer[got] = '\0';
    return true;
}

/* Field numbers as proc(5) counts them; `after_name` begins with field 3. */
static uint64_t stat_number(const char *after_name, int field)
{
    for (int at = 3; at < field && *after_name; at++) {
        after_name += strcspn(after_name, " ");
        after_name += strspn(after_name, " ");
    }
    return strtoull(after_name, NULL, 10);
}

bool proc_stat_read(int64_t pid, ProcStat *out)
{
    char path[PROC_PATH_SIZE];
    char line[PROC_STAT_SIZE];
    const char *fields;

    if (pid <= 0)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!proc_read(path, line, sizeof line))
        return false;
    fields = strrchr(line, ')'); /* a program's name may hold anything, also ") R 1" */
    if (!fields || fields[1] != ' ')
        return false;
    fields += 2;
    out->pid = pid;
    out->state = fields[0];
    out->parent = (int64_t)stat_number(fields, 4);
    out->threads = (int64_t)stat_number(fields, 20);
    out->started_ticks = stat_number(fields, 22);
    return true;
}

bool proc_stat_is_gone(const ProcStat *stat)
{
    return stat->state == 'X' || (stat->state == 'Z' && stat->threads <= 1);
}
