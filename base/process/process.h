/* process: other programs: started without a shell, told apart from a later one with the same pid,
 * and ended politely, then not.
 *
 * process_*_posix.c and process_linux.c do it by fork(2), execve(2), kill(2) and proc(5);
 * process_*_windows.c by CreateProcessW, job objects and consoles. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_H
#define GODEPLOY_BASE_PROCESS_PROCESS_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

/* Names one process for ever: `stamp` is made of the boot and of the start time (on Windows: of the
 * time of day at which it was created), so that a reused pid or another boot is never taken for it.
 * {0} is no process. */
typedef struct ProcessId {
    int64_t pid;
    uint64_t stamp;
} ProcessId;

/* False (ERR_PROCESS) if there is no such process, or only a zombie. */
bool process_identify(int64_t pid, ProcessId *out, Error *err);
int64_t process_own_pid(void);
bool process_alive(const ProcessId *process); /* a zombie is not */
bool process_same(const ProcessId *a, const ProcessId *b);

/* A process as two words of a command line. */
enum { PROCESS_PID_SIZE = 24, PROCESS_STAMP_SIZE = 17 };
typedef struct ProcessWords {
    char pid[PROCESS_PID_SIZE];
    char stamp[PROCESS_STAMP_SIZE];
} ProcessWords;
ProcessWords process_to_words(const ProcessId *process);
bool process_from_words(const char *pid, const char *stamp, ProcessId *out);

typedef struct Spawn {
    const char *const *argv; /* NULL-terminated; argv[0] is a path, or a name found by PATH; on
                                Windows its .exe may be left away */
    const char *const *environment; /* "NAME=value", NULL-terminated; NULL: this process's own */
    const char *folder;             /* current folder of the new process; NULL: this one's */
    const char *output_path;        /* stdout and stderr are appended here; NULL: thrown away */
} Spawn;

/* Starts a process that lives on when this one, its terminal and its session end: with a session
 * and process group (on Windows: a console) of its own, no standard input, and nothing else
 * inherited. A program that cannot be executed is an error here. The new process is not our child:
 * its end leaves no zombie. On Windows it also leaves the job object that we are in; where one that
 * ends with its session lets nothing out, that is an error. Logging off from a desktop still ends
 * it there, as it ends all but services. */
bool process_start_detached(const Spawn *spawn, ProcessId *out, Error *err);

/* Whether a program can be started with `folder` as its current folder, or by the service manager
 * of Windows as `program`: by the lengths of their paths alone. ERR_PROCESS tells both figures. On
 * Windows 258 and 259 characters, whatever LongPathsEnabled says; elsewhere always true. */
bool process_folder_fits(const char *folder, Error *err);
bool process_service_program_fits(const char *program, Error *err);

/* How a child ended: for supervisors (base/process/process_child_posix.h,
 * deploy/supervise/family.h). */
typedef struct ProcessEnd {
    int64_t pid;
    int exit_status; /* -1 if a signal ended it */
    int signal;      /* 0 if none; always 0 on Windows */
} ProcessEnd;

typedef struct ProcessResult {
    bool timed_out;    /* it and all it started were killed */
    int exit_status;   /* -1 if a signal ended it, or we */
    int signal;        /* 0 if none; always 0 on Windows */
    char output[4096]; /* the last of stdout and stderr, NUL-terminated */
} ProcessResult;

/* Runs a program to its end (hooks, exec checks), at most `timeout_ms`; Ctrl-C ends it too, with
 * ERR_INTERRUPTED. spawn->output_path is not used. */
bool process_run(const Spawn *spawn, int64_t timeout_ms, ProcessResult *result, Error *err);

/* Runs a program for what it writes, which is appended to *out: all of it, or, where that is more,
 * about `most` bytes, and the program is ended. Another exit status than 0 is ERR_PROCESS. Linux
 * only: there it asks the service manager. */
bool process_read(const Spawn *spawn, int64_t timeout_ms, size_t most, Text *out, Error *err);

/* Asks a program of godeploy to finish its work and exit; returns at once. Success if it is already
 * gone. Source: SIGTERM; on Windows the event that it waits for
 * (base/process/stop_event_windows.h). */
bool process_ask_to_stop(const ProcessId *process, Error *err);

/* The same for any program, and for its process group too where it leads one, as service managers
 * do. On Windows it is CTRL_C for all on its console; the caller loses its own console and ignores
 * CTRL_C from then on, as what it starts does (family_windows.c): for programs that have no use for
 * either. An error there if the process has no console; it can only be killed then. */
bool process_ask_group_to_stop(const ProcessId *process, Error *err);

/* A word that a service may have a meaning for, such as "read your configuration again". Success if
 * it is gone. Where process_has_signals() is false there is no such word, and it always fails. */
typedef enum ProcessSignal { PROCESS_HANGUP, PROCESS_USER1, PROCESS_USER2 } ProcessSignal;
bool process_has_signals(void);
bool process_signal(const ProcessId *process, ProcessSignal signal, Error *err);

/* Ends the process, its process group and every descendant that is still linked to it by parentage,
 * without asking. Success if it is already gone. */
bool process_kill_tree(const ProcessId *process, Error *err);
/* True once it is gone; false after `timeout_ms`. */
bool process_wait_gone(const ProcessId *process, int64_t timeout_ms);

/* True if `pid` is `ancestor` or a descendant of it by parentage. */
bool process_descends_from(int64_t pid, int64_t ancestor);

/* Which process listens on TCP `port` of the local host (any local address). *pid is 0 with success
 * if nobody does, and -1 if somebody does but we may not see who. Source: proc(5) net/tcp, fd/;
 * GetExtendedTcpTable. */
bool process_listening_on(uint16_t port, int64_t *pid, Error *err);

/* The lowest TCP port on which `process` or a descendant of it listens; 0 with success if on none.
 */
bool process_find_listener(const ProcessId *process, uint16_t *port, Error *err);

/* True if `process`, or a descendant of it by parentage, listens on TCP `port`. Quick where it is
 * the process itself, however many others there are. */
bool process_listens(const ProcessId *process, uint16_t port, bool *listens, Error *err);

typedef struct ProcessFigures {
    int64_t handles; /* open descriptors; on Windows handles of every kind */
    int64_t resident_bytes;
    int64_t threads;
} ProcessFigures;
bool process_figures(const ProcessId *process, ProcessFigures *out, Error *err);

#endif
