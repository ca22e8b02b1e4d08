/* session: one run of godeploy: what was asked, and where answers go. Travels first into every
 * command. */
#ifndef GODEPLOY_CLI_SESSION_H
#define GODEPLOY_CLI_SESSION_H

#include "base/error.h"
#include "base/file/file_lock.h"
#include "cli/options.h"
#include "cli/output.h"
#include "deploy/app.h"
#include "deploy/event_entries.h"
#include "deploy/report/story.h"
#include "deploy/settings/settings.h"

typedef struct Session {
    Options options;
    Output *output;
    Settings *settings; /* NULL until session_settings() was called; owned by main() */
    int exit_status;    /* of a command that succeeded but has something to say by its status */
    EventEntries entries;
    Story story;       /* of the deployment that this run made or went on with */
    char *traceparent; /* of the environment; NULL: none. Owned by main() */
} Session;

/* Who hears what a deployment tells: the output, the Event Log where there is one, and the story
 * for those who are told at the end. Lives as long as the session. */
const Observer *session_observer(Session *session);

/* Reads the settings file, once. */
bool session_settings(Session *session, Error *err);

/* The app, for commands that only look: changes nothing. Caller closes *out. */
bool session_look(Session *session, App **out, Error *err);

/* What a command that changes something holds while it works. */
typedef struct Work {
    Session *session; /* borrowed; NULL before it began */
    App *app;
    FileLock *lock;
    size_t mended; /* differences between journal and host that were repaired before it began */
    size_t left;   /* those that could not be */
} Work;

typedef enum WorkKind {
    WORK_DEPLOYS, /* refused under an operator's hold; repairs first */
    WORK_TIDIES   /* allowed under a hold; repairs nothing */
} WorkKind;

/* Opens the app, takes its lock (--wait), and repairs what differs. `why` is for others to read. */
bool session_begin_work(Session *session, WorkKind kind, const char *why, Work *out, Error *err);
/* Reports what was done (deploy/report/), and lets go of it. */
void work_end(Work *work);
#define CLEANUP_WORK __attribute__((cleanup(work_end)))

/* The passphrase of --passphrase-file or --passphrase-env; *out NULL if neither was given. Caller
 * frees. */
bool session_passphrase(const Session *session, char **out, Error *err);

#endif
