/* See process.h. What Linux tells of a process in /proc, and signals that cannot hit a stranger.
 *
 * A signal goes through a pidfd where the kernel has one: the descriptor is opened, the stamp is
 * compared, then the signal is sent; between them the pid cannot be given to another process.
 * Source: proc(5), pidfd_open(2), pidfd_send_signal(2). */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/process/process_child_posix.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROC_PATH_SIZE = 64, STAT_SIZE = 1024, FREEZE_ROUNDS = 16 };

typedef struct ProcStat {
    int64_t pid;
    int64_t parent;
    int64_t threads;
    uint64_t started_ticks; /* since boot */
    char state;
} ProcStat;

/* ---- one process ---- */

static bool read_small(const char *path, char *buffer, size_t size)
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

static bool read_stat(int64_t pid, ProcStat *out)
{
    char path[PROC_PATH_SIZE];
    char line[STAT_SIZE];
    const char *fields;

    if (pid <= 0)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_small(path, line, sizeof line))
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

/* The first thread of a process may end before the others: that is no zombie yet. */
static bool stat_is_gone(const ProcStat *stat)
{
    return stat->state == 'X' || (stat->state == 'Z' && stat->threads <= 1);
}

static uint64_t hash_more(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return hash;
}

static uint64_t make_stamp(const ProcStat *stat)
{
    char boot[STAT_SIZE] = "";
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    (void)read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot); /* else: time alone */
    hash = hash_more(hash, boot, strlen(boot));
    hash = hash_more(hash, &stat->started_ticks, sizeof stat->started_ticks);
    return hash ? hash : 1;
}

bool process_identify(int64_t pid, ProcessId *out, Error *err)
{
    ProcStat stat;

    if (!read_stat(pid, &stat))
        return error_set(err, ERR_PROCESS, "there is no process %lld", (long long)pid);
    if (stat_is_gone(&stat))
        return error_set(err, ERR_PROCESS, "process %lld has ended", (long long)pid);
    *out = (ProcessId){.pid = pid, .stamp = make_stamp(&stat)};
    return true;
}

int64_t process_own_pid(void)
{
    return getpid();
}

bool process_alive(const ProcessId *process)
{
    ProcStat stat;

    return process->pid > 0 && read_stat(process->pid, &stat) && !stat_is_gone(&stat) &&
           make_stamp(&stat) == process->stamp;
}

/* ---- signals and waiting ---- */

static int open_pidfd(int64_t pid)
{
    return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U); /* close-on-exec by itself */
}

/* Success if it is gone. */
static bool signal_exactly(const ProcessId *process, int number, Error *err)
{
    int pidfd = open_pidfd(process->pid);
    int failure = 0;

    if (process_alive(process)) {
        if (pidfd >= 0)
            failure = syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0U) == 0 ? 0 : errno;
        else
            failure = kill((pid_t)process->pid, number) == 0 ? 0 : errno;
    }
    if (pidfd >= 0)
        (void)close(pidfd); /* nothing was written */
    if (failure == 0 || failure == ESRCH)
        return true;
    return error_set_errno(err, ERR_PROCESS, failure, "sending signal %d to process %lld", number,
                           (long long)process->pid);
}

/* A group lives as long as any member, so that the pid of a living leader cannot name another. */
static void signal_group(const ProcessId *process, int number)
{
    if (process_alive(process) && process->pid > 1 &&
        getpgid((pid_t)process->pid) == (pid_t)process->pid)
        (void)kill(-(pid_t)process->pid, number); /* the caller looks at what is left */
}

bool process_ask_to_stop(const ProcessId *process, Error *err)
{
    return signal_exactly(process, SIGTERM, err);
}

bool process_has_signals(void)
{
    return true;
}

bool process_signal(const ProcessId *process, ProcessSignal signal, Error *err)
{
    static const int numbers[] = {
        [PROCESS_HANGUP] = SIGHUP, [PROCESS_USER1] = SIGUSR1, [PROCESS_USER2] = SIGUSR2};

    return signal_exactly(process, numbers[signal], err);
}

bool process_ask_group_to_stop(const ProcessId *process, Error *err)
{
    if (getpgid((pid_t)process->pid) != (pid_t)process->pid)
        return signal_exactly(process, SIGTERM, err);
    signal_group(process, SIGTERM); /* it is a member: twice would be once too often */
    return true;
}

static bool wait_by_looking(const ProcessId *process, int64_t deadline_ms)
{
    int64_t step_ms = 1;

    while (process_alive(process)) {
        if (clock_monotonic_ms() >= deadline_ms)
            return false;
        (void)poll(NULL, 0, (int)step_ms); /* a signal only makes this look sooner */
        step_ms = step_ms < 16 ? step_ms * 2 : step_ms;
    }
    return true;
}

bool process_wait_gone(const ProcessId *process, int64_t timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    int64_t left_ms = timeout_ms;
    struct pollfd gone = {.events = POLLIN};

    gone.fd = process->pid > 0 ? open_pidfd(process->pid) : -1;
    while (gone.fd >= 0 && process_alive(process) && left_ms > 0) {
        if (poll(&gone, 1, left_ms > 1000 ? 1000 : (int)left_ms) < 0 && errno != EINTR)
            break;
        if (gone.revents)
            break; /* what is left, if it is, is a matter of microseconds */
        left_ms = deadline_ms - clock_monotonic_ms();
    }
    if (gone.fd >= 0)
        (void)close(gone.fd); /* nothing was written */
    return wait_by_looking(process, deadline_ms);
}

/* ---- trees ---- */

typedef struct Table {
    ProcStat *rows; /* by pid, ascending */
    size_t count;
    size_t capacity;
} Table;

static void table_free(Table *table)
{
    free(table->rows);
}
#define CLEANUP_TABLE __attribute__((cleanup(table_free)))

static int by_pid(const void *a, const void *b)
{
    const ProcStat *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool table_add(Table *table, const ProcStat *stat)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 256;
        ProcStat *rows = realloc(table->rows, capacity * sizeof *rows);

        if (!rows)
            return false;
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->count++] = *stat;
    return true;
}

static bool table_read(Table *table, Error *err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    bool ok = true;

    if (!proc)
        return error_set_errno(err, ERR_PROCESS, errno, "reading /proc");
    table->count = 0;
    while (ok && (entry = readdir(proc))) {
        ProcStat stat;

        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_stat(strtoll(entry->d_name, NULL, 10), &stat))
            ok = table_add(table, &stat);
    }
    (void)closedir(proc); /* nothing was written */
    if (!ok)
        return error_memory(err);
    if (table->count)
        qsort(table->rows, table->count, sizeof *table->rows, by_pid);
    return true;
}

static bool table_descends(const Table *table, const ProcStat *row, int64_t ancestor)
{
    for (size_t steps = 0; row && row->parent > 0 && steps < table->count; steps++) {
        ProcStat wanted = {.pid = row->parent};

        if (row->parent == ancestor)
            return true;
        row = bsearch(&wanted, table->rows, table->count, sizeof *table->rows, by_pid);
    }
    return false;
}

static bool is_target(const Table *table, const ProcStat *row, int64_t ancestor)
{
    return row->pid != getpid() && row->pid > 1 && !stat_is_gone(row) &&
           table_descends(table, row, ancestor);
}

/* Stops every descendant until no moving one is left: killed one after the other, those still
 * running could start new ones, which would lose their parent and so be found by nobody. */
static bool freeze_descendants(int64_t ancestor, Table *table, Error *err)
{
    for (int round = 0; round < FREEZE_ROUNDS; round++) {
        size_t moving = 0;

        if (!table_read(table, err))
            return false;
        for (size_t i = 0; i < table->count; i++) {
            const ProcStat *row = &table->rows[i];

            if (row->state == 'T' || !is_target(table, row, ancestor))
                continue;
            (void)kill((pid_t)row->pid, SIGSTOP); /* gone meanwhile is as good */
            moving++;
        }
        if (moving == 0)
            break;
    }
    return true;
}

bool process_kill_descendants(int64_t ancestor, Error *err)
{
    CLEANUP_TABLE Table table = {0};

    if (!freeze_descendants(ancestor, &table, err))
        return error_while(err, "ending what process %lld started", (long long)ancestor);
    for (size_t i = 0; i < table.count; i++)
        if (is_target(&table, &table.rows[i], ancestor))
            (void)kill((pid_t)table.rows[i].pid, SIGKILL); /* gone meanwhile is as good */
    return true;
}

bool process_kill_tree(const ProcessId *process, Error *err)
{
    if (!process_alive(process))
        return true;
    if (!signal_exactly(process, SIGSTOP, err) || !process_kill_descendants(process->pid, err))
        return error_while(err, "ending process %lld", (long long)process->pid);
    signal_group(process, SIGKILL);
    return signal_exactly(process, SIGKILL, err);
}

int64_t process_count_descendants(int64_t ancestor)
{
    CLEANUP_TABLE Table table = {0};
    Error ignored = {0};
    int64_t count = 0;

    if (!table_read(&table, &ignored))
        return -1;
    for (size_t i = 0; i < table.count; i++)
        count += !stat_is_gone(&table.rows[i]) && table_descends(&table, &table.rows[i], ancestor);
    return count;
}

bool process_descends_from(int64_t pid, int64_t ancestor)
{
    enum { DEEPEST = 1000 };
    ProcStat stat;

    for (int steps = 0; pid > 0 && steps < DEEPEST; steps++) {
        if (pid == ancestor)
            return true;
        if (!read_stat(pid, &stat))
            return false;
        pid = stat.parent;
    }
    return false;
}

/* ---- figures ---- */

static int64_t count_handles(int64_t pid)
{
    char path[PROC_PATH_SIZE];
    DIR *folder;
    int64_t count = 0;

    (void)snprintf(path, sizeof path, "/proc/%lld/fd", (long long)pid);
    folder = opendir(path);
    if (!folder)
        return -1;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    (void)closedir(folder); /* nothing was written */
    return count;
}

bool process_figures(const ProcessId *process, ProcessFigures *out, Error *err)
{
    char path[PROC_PATH_SIZE];
    char statm[STAT_SIZE];
    ProcStat stat;
    int64_t handles;
    const char *resident;

    (void)snprintf(path, sizeof path, "/proc/%lld/statm", (long long)process->pid);
    if (!process_alive(process) || !read_stat(process->pid, &stat) ||
        !read_small(path, statm, sizeof statm))
        return error_set(err, ERR_PROCESS, "process %lld has ended", (long long)process->pid);
    handles = count_handles(process->pid);
    if (handles < 0)
        return error_set_errno(err, ERR_PROCESS, errno, "counting the open files of process %lld",
                               (long long)process->pid);
    resident = statm + strcspn(statm, " ");
    *out = (ProcessFigures){.handles = handles,
                            .resident_bytes =
                                strtoll(resident, NULL, 10) * (int64_t)sysconf(_SC_PAGESIZE),
                            .threads = stat.threads};
    return true;
}
