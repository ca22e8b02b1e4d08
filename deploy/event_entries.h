/* event_entries: what a deployment tells, as entries of the Event Log: which events become one,
 * under which id, and each with enough in it to be understood alone.
 *
 * Ids are an interface: monitoring selects by them. Append only. */
#ifndef GODEPLOY_DEPLOY_EVENT_ENTRIES_H
#define GODEPLOY_DEPLOY_EVENT_ENTRIES_H

#include "base/service/event_log.h"
#include "base/text.h"
#include "deploy/progress.h"

/* Name, id, level, words. 1xx: a stage is done; 2xx: wants looking at; 3xx: failed; 4xx: the flip;
 * 5xx: back to the release before. */
#define EVENT_ENTRIES(X)                                                                           \
    X(ENTRY_BEGUN, 100, INFORMATION, "deployment begun")                                           \
    X(ENTRY_FETCHED, 101, INFORMATION, "fetch done")                                               \
    X(ENTRY_VERIFIED, 102, INFORMATION, "verify done")                                             \
    X(ENTRY_UNPACKED, 103, INFORMATION, "unpack done")                                             \
    X(ENTRY_STARTED, 104, INFORMATION, "start done")                                               \
    X(ENTRY_CHECKED, 105, INFORMATION, "check done")                                               \
    X(ENTRY_WATCHED, 107, INFORMATION, "watch done")                                               \
    X(ENTRY_DRAINED, 108, INFORMATION, "drain done")                                               \
    X(ENTRY_RETIRED, 109, INFORMATION, "retire done")                                              \
    X(ENTRY_DONE, 110, INFORMATION, "deployment done")                                             \
    X(ENTRY_WAITS, 111, INFORMATION, "deployment waits for `godeploy promote`")                    \
    X(ENTRY_WARNING, 200, WARNING, "warning")                                                      \
    X(ENTRY_REPAIRED, 201, WARNING, "not as it should be")                                         \
    X(ENTRY_ABORTED, 202, WARNING, "deployment undone")                                            \
    X(ENTRY_STAGE_FAILED, 300, ERROR, "stage failed")                                              \
    X(ENTRY_FAILED, 310, ERROR, "deployment failed")                                               \
    X(ENTRY_FLIPPED, 400, INFORMATION, "flip done: the new release has the traffic")               \
    X(ENTRY_ROLLED_BACK, 500, INFORMATION, "rollback: the release before has the traffic again")   \
    X(ENTRY_FLIPPED_BACK, 501, WARNING, "flipped back: the release before has the traffic again")  \
    X(ENTRY_NOT_BACK, 502, ERROR, "flipping back failed")

typedef enum EventEntryKind {
#define ENTRY_AS_ENUM(name, id, level, words) name,
    EVENT_ENTRIES(ENTRY_AS_ENUM)
#undef ENTRY_AS_ENUM
        ENTRY_NONE /* this event becomes no entry */
} EventEntryKind;

typedef struct EventEntry {
    unsigned id;
    EventLogLevel level;
    Text text; /* owned; lines, without control characters */
} EventEntry;

/* False where `event` becomes no entry, or out of memory. Free out->text with text_free(). */
bool event_entry_of(const Event *event, EventEntry *out);

/* An observer that writes the entries and hands every event on to `next`. */
typedef struct EventEntries {
    Observer observer;
    const Observer *next; /* borrowed */
} EventEntries;

/* The observer to use: that of *entries where this host has the Event Log's source (`godeploy
 * install`), else `next` itself. Both are borrowed. */
const Observer *event_entries_begin(EventEntries *entries, const Observer *next);

#endif
