/* See process.h. Starting programs.
 *
 * Everything that can fail or allocate is done before fork(): the child uses only calls that are
 * safe after it (signal-safety(7)). A socket pair that closes on exec tells the caller how far the
 * child came: READY with its pid; then the child waits until the caller has read its start time, so
 * that even a program that ends at once has an identity; then the end of the stream says that it
 * runs, or a report says why not.
 *
 * Source: fork(2), setsid(2), execve(2), close_range(2). */
#include "base/process.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_FREE_FD = 3, START_TIMEOUT_S = 10, LOOK_EVERY_MS = 20, CHUNK_SIZE = 2048 };
enum { CHILD_FAILED = 127 };

typedef enum Step { STEP_READY, STEP_START, STEP_FOLDER, STEP_EXEC } Step;

typedef struct Report {
    Step step;
    int number; /* errno */
    int64_t pid;
} Report;

/* What the child needs, all of it made before fork(). Descriptors are above 2, -1 if none. */
typedef struct Launch {
    char *program;
    char **argv;
    char **environment;
    const char *folder; /* borrowed */
    int input;
    int output;
    int parent_end;
    int child_end;
    bool detached;
} Launch;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* no data of ours is behind it */
    *fd = -1;
}
#define CLEANUP_FD __attribute__((cleanup(close_fd)))

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static void launch_close(Launch *launch)
{
    free(launch->program);
    free_words(launch->argv);
    free_words(launch->environment);
    close_fd(&launch->input);
    close_fd(&launch->output);
    close_fd(&launch->parent_end);
    close_fd(&launch->child_end);
}
#define CLEANUP_LAUNCH __attribute__((cleanup(launch_close)))

/* ---- in the child ---- */

static _Noreturn void child_fails(const Launch *launch, Step step)
{
    Report report = {.step = step, .number = errno, .pid = getpid()};

    (void)send(launch->child_end, &report, sizeof report, MSG_NOSIGNAL); /* nobody else to tell */
    _exit(CHILD_FAILED);
}

static void signals_to_default(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &action, NULL); /* SIGKILL and a few more cannot be set */
}

static void close_the_rest_on_exec(void)
{
    long most;

    if (close_range(FIRST_FREE_FD, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    most = sysconf(_SC_OPEN_MAX); /* a kernel before 5.11 */
    for (int fd = FIRST_FREE_FD; fd < (most > 0 ? most : 1024); fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* most of them are not open */
}

/* False if the caller is gone: then nobody wants this program any more. */
static bool child_is_let_go(const Launch *launch)
{
    Report ready = {.step = STEP_READY, .pid = getpid()};
    char go;

    return send(launch->child_end, &ready, sizeof ready, MSG_NOSIGNAL) == sizeof ready &&
           recv(launch->child_end, &go, sizeof go, 0) == sizeof go;
}

static _Noreturn void become_program(const Launch *launch)
{
    sigset_t none;

    signals_to_default();
    if (setsid() < 0 || dup2(launch->input, STDIN_FILENO) < 0 ||
        dup2(launch->output, STDOUT_FILENO) < 0 || dup2(launch->output, STDERR_FILENO) < 0)
        child_fails(launch, STEP_START);
    if (!child_is_let_go(launch))
        _exit(CHILD_FAILED);
    if (launch->folder && chdir(launch->folder) != 0)
        child_fails(launch, STEP_FOLDER);
    close_the_rest_on_exec();
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
    (void)execve(launch->program, launch->argv, launch->environment);
    child_fails(launch, STEP_EXEC);
}

static _Noreturn void run_child(const Launch *launch)
{
    pid_t inner;

    if (!launch->detached)
        become_program(launch);
    inner = fork(); /* its parent, this one, ends at once: init or a supervisor inherits it */
    if (inner < 0)
        child_fails(launch, STEP_START);
    if (inner == 0)
        become_program(launch);
    _exit(0);
}

/* ---- before fork() ---- */

extern char **environ;

static bool copy_words(const char *const *words, char ***out, Error *err)
{
    size_t count = 0;
    char **copy;

    while (words[count])
        count++;
    copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = text_copy(words[i]);
        if (!copy[i]) {
            free_words(copy);
            copy = NULL;
        }
    }
    if (!copy)
        return error_memory(err);
    *out = copy;
    return true;
}

static const char *find_path_variable(const Launch *launch)
{
    for (size_t i = 0; launch->environment[i]; i++)
        if (text_starts_with(launch->environment[i], "PATH="))
            return launch->environment[i] + strlen("PATH=");
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Relative folders in PATH are passed over: where they lead depends on who asks. */
static bool find_on_path(const char *name, const char *path, char **out, Error *err)
{
    while (*path) {
        size_t length = strcspn(path, ":");
        CLEANUP(free) char *found = text_formatted("%.*s/%s", (int)length, path, name);

        if (!found)
            return error_memory(err);
        if (found[0] == '/' && access(found, X_OK) == 0) {
            *out = TAKE(found);
            return true;
        }
        path += length;
        path += *path == ':';
    }
    error_set(err, ERR_PROCESS, "there is no program %s in any folder of PATH", name);
    return error_hint(err, "Give its whole path, or a path from the release such as ./%s.", name);
}

/* Descriptors 0 to 2 may be free in a caller that was started without them; the child's dup2()
 * would then overwrite ours. */
static bool lift_fd(int fd, int *out)
{
    if (fd < 0)
        return false;
    *out = fd;
    if (fd < FIRST_FREE_FD) {
        *out = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        (void)close(fd); /* the copy stays */
    }
    return *out >= 0;
}

static bool open_channel(Launch *launch, Error *err)
{
    const struct timeval most = {.tv_sec = START_TIMEOUT_S};
    int ends[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a socket pair");
    if (!lift_fd(ends[0], &launch->parent_end)) {
        (void)close(ends[1]); /* it was never used */
        return error_set_errno(err, ERR_PROCESS, errno, "making a socket pair");
    }
    if (!lift_fd(ends[1], &launch->child_end) ||
        setsockopt(launch->parent_end, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a socket pair");
    return true;
}

static bool launch_prepare(Launch *launch, const Spawn *spawn, Error *err)
{
    const char *name = spawn->argv[0];

    launch->folder = spawn->folder;
    if (!copy_words(spawn->argv, &launch->argv, err) ||
        !copy_words(spawn->environment ? spawn->environment : (const char *const *)environ,
                    &launch->environment, err))
        return false;
    if (strchr(name, '/'))
        launch->program = text_copy(name);
    else if (!find_on_path(name, find_path_variable(launch), &launch->program, err))
        return false;
    if (!launch->program)
        return error_memory(err);
    if (!lift_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), &launch->input))
        return error_set_errno(err, ERR_PROCESS, errno, "opening /dev/null");
    return open_channel(launch, err);
}

/* ---- in the caller ---- */

/* *got is false at the end of the stream: the program runs. */
static bool next_report(const Launch *launch, Report *report, bool *got, Error *err)
{
    ssize_t length;

    do {
        length = recv(launch->parent_end, report, sizeof *report, MSG_WAITALL);
    } while (length < 0 && errno == EINTR);
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return error_set(err, ERR_TIMEOUT, "the system did not load it within %d s",
                         START_TIMEOUT_S);
    if (length < 0)
        return error_set_errno(err, ERR_PROCESS, errno, "hearing from the new process");
    *got = length == (ssize_t)sizeof *report;
    return true;
}

/* A missing interpreter is the same ENOENT as a missing program, and has cost many an hour. */
static bool explain_missing(const Launch *launch, Error *err)
{
    CLEANUP(free)
    char *whole = launch->folder ? path_join(launch->folder, launch->program) : NULL;
    const char *path = whole ? whole : launch->program;

    if (!file_exists(path)) {
        error_set(err, ERR_PROCESS, "the file does not exist: %s", path);
        return error_hint(err, "Compare service.command with what the release holds.");
    }
    error_set(err, ERR_PROCESS, "%s exists, but the interpreter or loader that it names does not",
              path);
    return error_hint(err, "Build it statically (CGO_ENABLED=0), or install what it needs.");
}

static bool explain(const Launch *launch, const Report *report, Error *err)
{
    if (report->step == STEP_FOLDER)
        return error_set_errno(err, ERR_PROCESS, report->number, "entering the folder %s",
                               launch->folder);
    if (report->step != STEP_EXEC)
        return error_set_errno(err, ERR_PROCESS, report->number, "making a process");
    switch (report->number) {
    case ENOENT:
        return explain_missing(launch, err);
    case EACCES:
        error_set(err, ERR_PROCESS, "permission denied");
        return error_hint(err, "Is it marked executable, and its file system not noexec?");
    case ENOEXEC:
        return error_set(err, ERR_PROCESS, "exec format error: is it built for this system?");
    default:
        return error_set_errno(err, ERR_PROCESS, report->number, "executing it");
    }
}

/* Lets the child go once it is identified, and learns what became of it. */
static bool see_it_run(Launch *launch, ProcessId *out, Error *err)
{
    Report report;
    ProcessId id;
    bool got = false;

    if (!next_report(launch, &report, &got, err))
        return false;
    if (!got)
        return error_set(err, ERR_PROCESS, "the new process ended before it was a program");
    if (report.step != STEP_READY)
        return explain(launch, &report, err);
    if (!process_identify(report.pid, &id, err))
        return false;
    (void)send(launch->parent_end, "g", 1, MSG_NOSIGNAL); /* the next report tells */
    if (!next_report(launch, &report, &got, err)) {
        Error ignored = {0};

        (void)process_kill_tree(&id, &ignored); /* the time-out is what matters */
        return false;
    }
    if (got)
        return explain(launch, &report, err);
    *out = id;
    return true;
}

static void reap(pid_t child)
{
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* *child is our own child: the program, or, detached, the one in between (already reaped). */
static bool launch_run(Launch *launch, pid_t *child, ProcessId *out, Error *err)
{
    sigset_t all;
    sigset_t before;
    bool ok;

    (void)sigfillset(&all); /* no handler of ours may run in the child */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    *child = fork();
    if (*child == 0)
        run_child(launch);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (*child < 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a process");
    close_fd(&launch->child_end);
    if (launch->detached)
        reap(*child);
    ok = see_it_run(launch, out, err);
    close_fd(&launch->parent_end); /* a child that still waits gives up */
    if (!ok && !launch->detached)
        reap(*child);
    return ok;
}

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
    pid_t child;

    if (!launch_prepare(&launch, spawn, err))
        return error_while(err, "starting %s", spawn->argv[0]);
    if (!lift_fd(open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), &launch.output)) {
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
    pid_t child;
    int pipe; /* reading end, non-blocking; -1 once it ended */
    size_t length;
    ProcessResult *result;
} Run;

/* Keeps the last of it. NUL bytes would hide what follows them. */
static void keep_output(Run *run, const char *bytes, size_t length)
{
    const size_t most = sizeof run->result->output - 1;
    char *output = run->result->output;
    size_t drop = run->length + length > most ? run->length + length - most : 0;

    memmove(output, output + drop, run->length - drop);
    run->length -= drop;
    for (size_t i = 0; i < length; i++)
        output[run->length++] = bytes[i] ? bytes[i] : ' ';
    output[run->length] = '\0';
}

static void read_output(Run *run)
{
    char chunk[CHUNK_SIZE];
    ssize_t got = 1;

    while (run->pipe >= 0 && got > 0) {
        got = read(run->pipe, chunk, sizeof chunk);
        if (got > 0)
            keep_output(run, chunk, (size_t)got);
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(&run->pipe);
    }
}

static bool has_ended(Run *run)
{
    int status = 0;
    pid_t ended = waitpid(run->child, &status, WNOHANG);

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

        if (left_ms <= 0 || interrupt_requested())
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
    (void)kill(run->child, SIGKILL);
    reap(run->child);
    read_output(run);
    run->result->exit_status = -1;
    run->result->signal = SIGKILL;
    if (interrupt_requested())
        return interrupt_check(err);
    run->result->timed_out = true;
    return true;
}

static bool open_output_pipe(Launch *launch, Run *run, Error *err)
{
    int ends[2];
    bool ok;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a pipe");
    ok = lift_fd(ends[0], &run->pipe);
    ok = lift_fd(ends[1], &launch->output) && ok;
    if (!ok || fcntl(run->pipe, F_SETFL, O_NONBLOCK) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a pipe");
    return true;
}

bool process_run(const Spawn *spawn, int64_t timeout_ms, ProcessResult *result, Error *err)
{
    CLEANUP_LAUNCH Launch launch = {.input = -1, .output = -1, .parent_end = -1, .child_end = -1};
    ProcessResult made = {.exit_status = -1};
    Run run = {.pipe = -1, .result = &made};
    bool ok;

    stop_ignoring_children();
    ok = launch_prepare(&launch, spawn, err) && open_output_pipe(&launch, &run, err) &&
         launch_run(&launch, &run.child, &run.id, err);
    close_fd(&launch.output); /* else the pipe would never end */
    ok = ok && finish_run(&run, timeout_ms, err);
    close_fd(&run.pipe);
    if (!ok)
        return error_while(err, "running %s", spawn->argv[0]);
    *result = made;
    return true;
}
