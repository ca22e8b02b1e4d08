/* runner: what keeps an instance alive: its process, its restarts, its log. One struct of functions
 * each; those of this system stand in runners_posix.c and runners_windows.c. */
#ifndef GODEPLOY_DEPLOY_RUNNER_RUNNER_H
#define GODEPLOY_DEPLOY_RUNNER_RUNNER_H

#include "base/error.h"
#include "base/process/process.h"
#include "base/text.h"
#include "deploy/settings/settings.h"

#include <stdint.h>

/* Where an instance is looked for: one slot of one app. All borrowed. */
typedef struct InstancePlace {
    const char *app;
    const char *slot;       /* "blue", "green" */
    const char *run_folder; /* ROOT/APP/run */
    const char *log_folder; /* ROOT/APP/logs */
} InstancePlace;

typedef struct InstanceSpec {
    InstancePlace place;
    const char *release;
    const char *instance;           /* its id: the same release started again has another one */
    const char *const *command;     /* NULL-terminated; a relative path is relative to `folder` */
    const char *const *environment; /* all that we give it, NULL-terminated; may be secret */
    const char *folder;             /* current folder of the instance */
    int64_t stop_timeout_ms;
    int64_t restart_delay_ms;
    int restart_times;        /* at most so many restarts ... */
    int64_t restart_reset_ms; /* ... within so long */
    uint64_t log_size;        /* 0: 10 MiB; a live log larger than this is rolled */
    int log_files;            /* 0: 8 */
    uint16_t port;
    const char *engine;       /* what holds the public port: "embedded", "portproxy" ... */
    const Settings *settings; /* for what one runner alone reads */
} InstanceSpec;

typedef enum InstanceCondition {
    INSTANCE_ABSENT,   /* nothing there, or nothing since the host was started */
    INSTANCE_STARTING, /* the supervisor is there, the process not yet */
    INSTANCE_RUNNING,
    INSTANCE_WAITING, /* it ended and will be started again */
    INSTANCE_STOPPED, /* it ended, on trial or because it was asked to; last_exit says how */
    INSTANCE_GAVE_UP, /* it ended too often; the supervisor waits to be stopped */
    INSTANCE_ORPHANED /* it runs, its supervisor is gone: adopt() */
} InstanceCondition;

enum { INSTANCE_NAME_SIZE = 128, INSTANCE_EXIT_SIZE = 256 };

typedef struct InstanceState {
    InstanceCondition state;
    ProcessId supervisor; /* {0} if it is gone */
    ProcessId process;    /* {0} if it is gone */
    int restarts;
    char last_exit[INSTANCE_EXIT_SIZE]; /* "exit status 3", "signal 9 (killed)"; "" if it never
                                           ended */
    char release[INSTANCE_NAME_SIZE];   /* as it was started; "" if absent */
    char instance[INSTANCE_NAME_SIZE];
    int64_t started_ms; /* wall clock */
    int64_t until_ms;   /* waiting: when it is started again, wall clock; 0: not known */
} InstanceState;

typedef struct StopReport {
    enum { STOP_GRACEFUL, STOP_FORCED, STOP_GONE } how; /* STOP_GONE: nothing ran any more */
    int64_t took_ms;
} StopReport;

/* How far a log was read: {0} is its beginning. What the two mean is the runner's. */
enum { LOG_CURSOR_SIZE = 256 };
typedef struct LogPosition {
    uint64_t offset;
    char cursor[LOG_CURSOR_SIZE];
} LogPosition;

/* What a runner can do; a setting that needs more is refused before anything starts. */
enum {
    RUNNER_ACCOUNT = 1 << 0, /* runs the service as another user */
    RUNNER_LIMITS = 1 << 1,  /* bounds its memory, processors and processes */
    RUNNER_PROXY = 1 << 2    /* its service manager keeps godeploy-proxy too: proxy_service.h */
};

typedef struct Runner {
    const char *name;
    unsigned can; /* of RUNNER_ bits above */

    /* What it starts has the environment of its account: nothing of the caller's is handed on. */
    bool gives_environment;

    /* ERR_SETTINGS where this host, or this user, has not what it stands on. NULL: nothing. */
    bool (*usable)(Error *err);

    /* Starts it on trial: until mark_good() its end is an end, not a restart. Success where this
     * very release and instance run already (orphaned: it is adopted); ERR_START where another one
     * does, and where the program cannot be executed or ended at once: with its last lines. Comes
     * back once the process runs, which does not mean that it listens. */
    bool (*start)(const InstanceSpec *spec, InstanceState *out, Error *err);

    /* What is true now: what was written down, compared with the processes that are there. Where
     * that which keeps them does not run, nothing is there. */
    bool (*look)(const InstancePlace *place, InstanceState *out, Error *err);

    /* Ends the trial: from now on it is restarted. Repeatable. */
    bool (*mark_good)(const InstancePlace *place, Error *err);

    /* Gives an orphaned instance a new supervisor; the process goes on untouched. Success if it has
     * one; ERR_START if nothing runs. */
    bool (*adopt)(const InstanceSpec *spec, InstanceState *out, Error *err);

    /* Asks it to stop, waits, then kills it with all it started. Works without supervisor too.
     * Success once nothing is left, also if nothing was there. `out` may be NULL. */
    bool (*stop)(const InstancePlace *place, int64_t stop_timeout_ms, StopReport *out, Error *err);

    /* The last printable lines that the instance wrote since its start, at most `lines` and 64 KiB,
     * control characters replaced. No log is no lines. *end (NULL: not wanted) is where what was
     * read ends: whoever follows the log goes on from there. */
    bool (*last_lines)(const InstancePlace *place, int lines, Text *out, LogPosition *end,
                       Error *err);

    /* Appends the whole lines behind *from, at most about 64 KiB, and moves *from behind them;
     * nothing new is nothing appended. Does not wait. */
    bool (*new_lines)(const InstancePlace *place, LogPosition *from, Text *out, Error *err);

    /* For the doctor; NULL where nobody can come between. True if something keeps it from starting
     * or restarting what is in this slot, or, where that `serves`, from bringing it back with the
     * host: *why says what somebody did, and how to undo it. */
    bool (*hindered)(const InstancePlace *place, bool serves, Error *why);

    /* For holder.h; NULL where a runner hands no slot on. Whether it ever started something in this
     * slot that it did not forget: asks nobody. */
    bool (*remembers)(const InstancePlace *place);
    /* Takes away what it keeps about a slot in which nothing of it runs any more. */
    bool (*forget)(const InstancePlace *place, Error *err);
} Runner;

/* "auto", or the name of a runner of this build; ERR_SETTINGS for anything else. *out is static. */
bool runner_find(const char *name, const Runner **out, Error *err);

/* The runners of this system, NULL behind the last, and the one that "auto" means here and now. */
const Runner *const *runners_here(void);
const Runner *runner_auto(void);

/* ERR_SETTINGS where `runner` cannot work here, or names a setting that it cannot honour. */
bool runner_meets(const Runner *runner, const Settings *settings, Error *err);

/* Sets ERR_START: "release R in slot S ended: exit status 3; its last lines: ...". Returns false.
 */
bool runner_report_end(const Runner *runner, const InstancePlace *place, const InstanceState *state,
                       Error *err);

#endif
