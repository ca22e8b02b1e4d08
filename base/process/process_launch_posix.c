/* See process_launch_posix.h. */
#include "base/process/process_launch_posix.h"

#include "base/file/file.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_FREE_FD = 3, START_TIMEOUT_S = 10 };
enum { CHILD_FAILED = 127 };

typedef enum Step { STEP_READY, STEP_START, STEP_FOLDER, STEP_EXEC } Step;

typedef struct Report {
    Step step;
    int number; /* errno */
    int64_t pid;
} Report;

void launch_close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* no data of ours is behind it */
    *fd = -1;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

void launch_close(Launch *launch)
{
    free(launch->program);
    free_words(launch->argv);
    free_words(launch->environment);
    launch_close_fd(&launch->input);
    launch_close_fd(&launch->output);
    launch_close_fd(&launch->parent_end);
    launch_close_fd(&launch->child_end);
}

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

    /* Else our own copy would keep the channel open when the caller dies, and we would wait for its
     * word for ever, with its locks. */
    (void)close(launch->parent_end);
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
bool launch_keep_fd(int fd, int *out)
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
    if (!launch_keep_fd(ends[0], &launch->parent_end)) {
        (void)close(ends[1]); /* it was never used */
        return error_set_errno(err, ERR_PROCESS, errno, "making a socket pair");
    }
    if (!launch_keep_fd(ends[1], &launch->child_end) ||
        setsockopt(launch->parent_end, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0)
        return error_set_errno(err, ERR_PROCESS, errno, "making a socket pair");
    return true;
}

bool launch_prepare(Launch *launch, const Spawn *spawn, Error *err)
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
    if (!launch_keep_fd(open("/dev/null", O_RDONLY | O_CLOEXEC), &launch->input))
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

void launch_reap(int64_t child)
{
    while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

bool launch_run(Launch *launch, int64_t *child, ProcessId *out, Error *err)
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
    launch_close_fd(&launch->child_end);
    if (launch->detached)
        launch_reap(*child);
    ok = see_it_run(launch, out, err);
    launch_close_fd(&launch->parent_end); /* a child that still waits gives up */
    if (!ok && !launch->detached)
        launch_reap(*child);
    return ok;
}
