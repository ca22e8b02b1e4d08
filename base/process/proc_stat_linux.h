/* proc_stat: a line of /proc/PID/stat, and small files beside it. For *_linux.c files only.
 * Source: proc(5). */
#ifndef GODEPLOY_BASE_PROCESS_PROC_STAT_LINUX_H
#define GODEPLOY_BASE_PROCESS_PROC_STAT_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROC_PATH_SIZE = 64, PROC_STAT_SIZE = 1024 };

typedef struct ProcStat {
    int64_t pid;
    int64_t parent;
    int64_t threads;
    uint64_t started_ticks; /* since boot */
    char state;
} ProcStat;

/* The first `size` - 1 bytes of a file below /proc, as text; false if there are none. */
bool proc_read(const char *path, char *buffer, size_t size);

/* False if there is no such process. */
bool proc_stat_read(int64_t pid, ProcStat *out);

/* The first thread of a process may end before the others: that is no zombie yet. */
bool proc_stat_is_gone(const ProcStat *stat);

#endif
