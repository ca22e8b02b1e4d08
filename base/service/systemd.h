/* systemd: the service manager of this host, or of this user, asked by systemctl with an argument
 * list. Linux only.
 *
 * Source: systemctl(1), org.freedesktop.systemd1(5), sd_booted(3), loginctl(1) enable-linger. */
#ifndef GODEPLOY_BASE_SERVICE_SYSTEMD_H
#define GODEPLOY_BASE_SERVICE_SYSTEMD_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

typedef enum SystemdScope {
    SYSTEMD_SYSTEM, /* process 1; for root */
    SYSTEMD_USER    /* the manager of a user who lingers: it outlives his sessions */
} SystemdScope;

/* Root has the host's, everybody else his own. */
SystemdScope systemd_scope(void);
/* True if that one runs, and this user may speak to it. */
bool systemd_runs(SystemdScope scope);
/* False for a user without lingering: what his manager keeps ends with his last session. */
bool systemd_outlives_sessions(SystemdScope scope);
/* Both: it keeps what it is given. */
bool systemd_usable(SystemdScope scope);

/* Where an administrator's units lie: /etc/systemd/system, ~/.config/systemd/user. NULL if out of
 * memory; caller frees. */
char *systemd_unit_folder(SystemdScope scope);

enum { SYSTEMD_WORD_SIZE = 32 };

/* What is true of a unit now. Words as systemctl has them. */
typedef struct SystemdUnit {
    char load[SYSTEMD_WORD_SIZE];    /* "loaded", "not-found", "masked" */
    char file[SYSTEMD_WORD_SIZE];    /* "enabled", "disabled", "masked" ... */
    char active[SYSTEMD_WORD_SIZE];  /* "active", "activating", "deactivating", "failed" ... */
    char sub[SYSTEMD_WORD_SIZE];     /* "running", "auto-restart" ... */
    char result[SYSTEMD_WORD_SIZE];  /* "success", "exit-code", "timeout", "start-limit-hit" ... */
    char restart[SYSTEMD_WORD_SIZE]; /* "no", "always" ... */
    int64_t main_pid;                /* 0: none */
    int64_t restarts;
    int64_t started_us; /* monotonic; 0: not since the host was started */
    int64_t changed_us; /* the same clock: since when it is as `sub` says */
    int64_t exit_code;  /* CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: it never ended */
    int64_t exit_status;
    int64_t job; /* what somebody has asked of it and is not done yet; 0: nothing */
} SystemdUnit;

/* One that does not exist is "not-found" and "inactive". */
bool systemd_look(SystemdScope scope, const char *unit, SystemdUnit *out, Error *err);

/* systemctl VERB [UNIT]. ERR_SYSTEM with what systemctl said; ERR_TIMEOUT. Of 0 ms it is only asked
 * for, and not waited for. */
bool systemd_do(SystemdScope scope, const char *verb, const char *unit, int64_t timeout_ms,
                Error *err);

/* NAME in the folder of units; durable, and folders that are missing are made. What stands there
 * already is left alone. systemd hears of it by "daemon-reload" or "enable". */
bool systemd_write(SystemdScope scope, const char *name, const Text *content, Error *err);
bool systemd_remove(SystemdScope scope, const char *name, Error *err); /* missing is success */

/* The first part of every argument list for a program of systemd's, such as systemctl or
 * journalctl. */
bool systemd_program(SystemdScope scope, const char *program, TextList *out, Error *err);

#endif
