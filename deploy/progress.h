/* progress: what the pipeline tells whoever watches it (cli/output.c, tests).
 *
 * The pipeline knows one Observer and nothing of terminals. Every pointer in an Event is borrowed
 * and lives as long as the call. */
#ifndef GODEPLOY_DEPLOY_PROGRESS_H
#define GODEPLOY_DEPLOY_PROGRESS_H

#include "base/error.h"
#include "base/json.h"

#include <stdint.h>

typedef enum EventKind {
    EVENT_DEPLOYMENT_BEGIN, /* text: "deploy 2.4.0 -> 2.5.0" */
    EVENT_STAGE_BEGIN,
    EVENT_STAGE_PROGRESS,    /* done, total (0: unknown), unit */
    EVENT_NOTE,              /* text: one line worth knowing */
    EVENT_WARNING,           /* text: something that wants looking at, but stops nothing */
    EVENT_STAGE_DONE,        /* text: the proof in words; detail: the same for scripts; took_ms */
    EVENT_STAGE_SKIPPED,     /* text: why: "already done" */
    EVENT_STAGE_WAITS,       /* text: for what; the deployment stays open; took_ms */
    EVENT_STAGE_FAILED,      /* error; took_ms; detail: how far it came, or NULL */
    EVENT_UNDO_BEGIN,        /* stage: what is undone */
    EVENT_UNDO_DONE,         /* took_ms; error where undoing failed, else NULL */
    EVENT_DEPLOYMENT_DONE,   /* text: "release 2.5.0 serves"; took_ms */
    EVENT_DEPLOYMENT_FAILED, /* error; took_ms */
    EVENT_DEPLOYMENT_ABORTED /* text: who wanted it; took_ms */
} EventKind;

typedef enum ProgressUnit {
    UNIT_BYTES,
    UNIT_PASSES,
    UNIT_MILLISECONDS,
    UNIT_CONNECTIONS
} ProgressUnit;

typedef struct Event {
    EventKind kind;
    const char *app;
    const char *deployment;      /* id; NULL before there is one */
    int64_t deployment_began_ms; /* 0 before there is one */
    const char *release;         /* that it brings; NULL or "" where that is not known */
    const char *from;            /* the release that served before; NULL or "" for none */
    const char *slot;            /* of `release`; NULL or "none" before it is chosen */
    bool rollback;               /* it goes back to a release that served before */
    bool is_open;                /* the next command can go on with the deployment */
    bool after_kill;             /* an earlier process was killed in the middle of it */
    const char *stage;           /* "fetch" ... ; NULL where no stage is meant */
    int stage_index;             /* 0-based place of the stage among stage_count */
    int stage_count;
    int64_t wall_ms;
    int64_t took_ms;
    uint64_t done;
    uint64_t total;
    ProgressUnit unit;
    const char
        *text; /* NULL where the kind has none; may hold bytes from outside: make it printable */
    const Json *detail; /* NULL or an object for --json */
    const Error *error; /* NULL unless the kind says otherwise */
} Event;

typedef struct Observer {
    void (*notice)(void *context, const Event *event);
    void *context;
} Observer;

const char *event_kind_name(EventKind kind); /* "stage_done"; static; for --json */

#endif
