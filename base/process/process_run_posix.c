/* See process.h. Starting programs, and running them to their end. */
#include "base/process/process.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process/process_child_posix.h"
#include "base/process/process_launch_posix.h"
#include "base/process/process_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 20, CHUNK_SIZE = 2048 };

/* Inherited from some schedulers; it would lose the exit status. */
static void stop_ignoring_children(void)
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        (void)signal(SIGCHLD, SIG_DFL);
}

static bool start_into_file(const Spawn *spawn, bool detached, ProcessId *out, Error *err)
{
    const char *output = spawn->output_path ? spawn->output_path : "/dev/null";
    CLEANUP_LAUNCH Launch launch = {
        .input = -1, .output = -1, .parent_end = -1, .child_end = -1, .detached = detached};
    int64_t child;

    if (!launch_prepare(&launch, spawn, err))
        return error_while(err, "starting %s", spawn->argv[0]);
    if (!launch_keep_fd(open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                        &launch.output)) {
        error_set_errno(err, ERR_PROCESS, errno, "opening %s", output);
        return error_while(err, "starting %s", spawn->argv[0]);
    }
    if (!launch_run(&launch, &child, out, err))
        return error_while(err, "starting %s", spawn->argv[0]);
    return true;
}

bool process_start_detached(const Spawn *spawn, ProcessId *out, Error *err)
{
    return start_into_file(spawn, true, out, err);
}

bool process_start_child(const Spawn *spawn, ProcessId *out, Error *err)
{
    stop_ignoring_children();
    return start_into_file(spawn, false, out, err);
}

bool process_take_ended(ProcessEnd *out)
{
    int status = 0;
    pid_t ended = waitpid(-1, &status, WNOHANG);

    if (ended <= 0)
        return false;
    *out = (ProcessEnd){.pid = ended,
                        .exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    return true;
}

/* ---- running to the end ---- */

typedef struct Run {
    ProcessId id;
    int64_t child;
    int pipe; /* reading end, non-blocking; -1 once it ended */
    size_t length;
    ProcessResult *result;
    Text *whole; /* NULL: only the last of it is wanted */
    size_t most; /* of *whole */
} Run;

static void keep_output(Run *run, const char *bytes, size_t length)
{
    process_output_keep(run->result, &run->length, bytes, length);
    if (run->whole)
        text_append_bytes(run->whole, bytes, length);
}

static bool is_full(const Run *run)
{
    return run->whole && run->whole->length >= run->most;
}

static void read_output(Run *run)
{
    char chunk[CHUNK_SIZE];
    ssize_t got = 1;

    while (run->pipe >= 0 && got > 0 && !is_full(run)) {
        got = read(run->pipe, chunk, sizeof chunk);
        if (got > 0)
            keep_output(run, chunk, (size_t)got);
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            launch_close_fd(&run->pipe);
    }
}

static bool has_ended(Run *run)
{
    int status = 0;
    pid_t ended = waitpid((pid_t)run->child, &status, WNOHANG);

    if (ended != run->child)
        return ended < 0 && errno != EINTR;
    run->result->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    run->result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

/* True once it ended by itself; false on a deadline or Ctrl-C. What it left in the background may
 * keep the pipe open: the program's own end counts. */
static bool wait_for_end(Run *run, int64_t deadline_ms)
{
    while (!has_ended(run)) {
        struct pollfd readable = {.fd = run->pipe, .events = POLLIN};
        int64_t left_ms = deadline_ms - clock_monotonic_ms();

        if (left_ms <= 0 || interrupt_requested() || is_full(run))
            return false;
        if (run->pipe < 0 || left_ms > LOOK_EVERY_MS)
            left_ms = run->pipe < 0 ? 2 : LOOK_EVERY_MS;
        (void)poll(&readable, 1, (int)left_ms); /* a signal only makes this look sooner */
        read_output(run);
    }
    read_output(run);
    return true;
}

static bool finish_run(Run *run, int64_t timeout_ms, Error *err)
{
    Error ignored = {0};

    if (wait_for_end(run, clock_monotonic_ms() + timeout_ms))
        return true;
    (void)process_kill_tree(&run->id, &ignored); /* an unkillable one would be waited for below */
    (void)kill((pid_t)run->child, SIGKILL);
    launch_reap(run->child);
    read_output(run);
    run->result->exit_status = -1;
    run->result->signal = SIGKILL;
    if (interrupt_requested())
        return interrupt_check(err);
    run->result->timed_out = !is_full(run);
    return true;
}

static bool open_output_pipe(Launch *launch, Run *run, Error *err)
{
    int ends[2];
    bool ok;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a pipe");
    ok = launch_keep_fd(ends[0], &run->pipe);
    ok = launch_keep_fd(ends[1], &launch->output) && ok;
    if (!ok || fcntl(run->pipe, F_SETFL, O_NONBLOCK) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a pipe");
    return true;
}

static bool run_to_end(const Spawn *spawn, int64_t timeout_ms, Run *run, Error *err)
{
    CLEANUP_LAUNCH Launch launch = {.input = -1, .output = -1, .parent_end = -1, .child_end = -1};
    bool ok;

    stop_ignoring_children();
    ok = launch_prepare(&launch, spawn, err) && open_output_pipe(&launch, run, err) &&
         launch_run(&launch, &run->child, &run->id, err);
    launch_close_fd(&launch.output); /* else the pipe would never end */
    ok = ok && finish_run(run, timeout_ms, err);
    launch_close_fd(&run->pipe);
    return ok || error_while(err, "running %s", spawn->argv[0]);
}

bool process_run(const Spawn *spawn, int64_t timeout_ms, ProcessResult *result, Error *err)
{
    ProcessResult made = {.exit_status = -1};
    Run run = {.pipe = -1, .result = &made};

    if (!run_to_end(spawn, timeout_ms, &run, err))
        return false;
    *result = made;
    return true;
}

bool process_read(const Spawn *spawn, int64_t timeout_ms, size_t most, Text *out, Error *err)
{
    ProcessResult made = {.exit_status = -1};
    Run run = {.pipe = -1, .result = &made, .whole = out, .most = most};

    if (!run_to_end(spawn, timeout_ms, &run, err))
        return false;
    if (made.timed_out)
        return error_set(err, ERR_TIMEOUT, "%s did not end within %lld ms", spawn->argv[0],
                         (long long)timeout_ms);
    if (made.exit_status != 0 && !is_full(&run))
        return error_set(err, ERR_PROCESS, "%s ended with exit status %d: %s", spawn->argv[0],
                         made.exit_status, made.output);
    return text_ok(out, err);
}
