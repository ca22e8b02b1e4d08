/* See process.h. What Linux tells of a process in /proc, and signals that cannot hit a stranger.
 *
 * A signal goes through a pidfd where the kernel has one: the descriptor is opened, the stamp is
 * compared, then the signal is sent; between them the pid cannot be given to another process.
 * Source: proc(5), pidfd_open(2), pidfd_send_signal(2). */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/process/proc_stat_linux.h"
#include "base/process/process_child_posix.h"

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

/* ---- one process ---- */

static uint64_t hash_more(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return hash;
}

static uint64_t make_stamp(const ProcStat *stat)
{
    char boot[PROC_STAT_SIZE] = "";
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    (void)proc_read("/proc/sys/kernel/random/boot_id", boot, sizeof boot); /* else: time alone */
    hash = hash_more(hash, boot, strlen(boot));
    hash = hash_more(hash, &stat->started_ticks, sizeof stat->started_ticks);
    return hash ? hash : 1;
}

bool process_identify(int64_t pid, ProcessId *out, Error *err)
{
    ProcStat stat;

    if (!proc_stat_read(pid, &stat))
        return error_set(err, ERR_PROCESS, "there is no process %lld", (long long)pid);
    if (proc_stat_is_gone(&stat))
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

    return process->pid > 0 && proc_stat_read(process->pid, &stat) && !proc_stat_is_gone(&stat) &&
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

bool process_kill_tree(const ProcessId *process, Error *err)
{
    if (!process_alive(process))
        return true;
    if (!signal_exactly(process, SIGSTOP, err) || !process_kill_descendants(process->pid, err))
        return error_while(err, "ending process %lld", (long long)process->pid);
    signal_group(process, SIGKILL);
    return signal_exactly(process, SIGKILL, err);
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
    char statm[PROC_STAT_SIZE];
    ProcStat stat;
    int64_t handles;
    const char *resident;

    (void)snprintf(path, sizeof path, "/proc/%lld/statm", (long long)process->pid);
    if (!process_alive(process) || !proc_stat_read(process->pid, &stat) ||
        !proc_read(path, statm, sizeof statm))
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
