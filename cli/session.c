/* See session.h. */
#include "cli/session.h"

#include "base/file/file.h"
#include "base/process/own_environment.h"
#include "base/text.h"
#include "deploy/lock.h"
#include "deploy/reconcile.h"
#include "deploy/report/reports.h"
#include "verify/keypair.h"

#include <stdlib.h>
#include <string.h>

const Observer *session_observer(Session *session)
{
    return story_listen(&session->story,
                        event_entries_begin(&session->entries, output_observer(session->output)));
}

bool session_settings(Session *session, Error *err)
{
    return session->settings || settings_read(session->options.file, &session->settings, err);
}

bool session_look(Session *session, App **out, Error *err)
{
    return session_settings(session, err) && app_open(session->settings, JOURNAL_LOOK, out, err);
}

static bool begin(Session *session, WorkKind kind, const char *why, Work *work, Error *err)
{
    if (!session_settings(session, err) ||
        !app_open(session->settings, JOURNAL_CREATE, &work->app, err) ||
        !lock_take(work->app, why, session->options.wait_ms, &work->lock, err))
        return false;
    if (kind == WORK_TIDIES)
        return true;
    return lock_check_hold(work->app, err) &&
           reconcile(work->app, session_observer(session), &work->mended, &work->left, err);
}

bool session_begin_work(Session *session, WorkKind kind, const char *why, Work *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->session = session;
    if (begin(session, kind, why, out, err))
        return true;
    work_end(out);
    return false;
}

/* NULL: not set, or empty. Caller frees. */
static char *variable(const char *name)
{
    CLEANUP(free) char *value = own_environment_get(name);

    return value && value[0] != '\0' ? TAKE(value) : NULL;
}

/* Whoever goes on with a deployment goes on with the trace of who began it, if he has none of his
 * own. */
static const char *find_traceparent(const Work *work, char kept[JOURNAL_LINE_SIZE])
{
    const Session *session = work->session;
    uint64_t deployment = 0;
    Error ignored = {0}; /* a trace of its own, then */

    if (session->traceparent && session->traceparent[0] != '\0')
        return session->traceparent;
    return text_parse_number(session->story.deployment, INT64_MAX, &deployment) &&
                   journal_trace(work->app->journal, (int64_t)deployment, kept, &ignored)
               ? kept
               : NULL;
}

/* What goes over the network comes last: the app is free for others meanwhile. */
void work_end(Work *work)
{
    bool had_lock = work->lock != NULL;
    char kept_traceparent[JOURNAL_LINE_SIZE];
    CLEANUP(free) char *step_summary = variable("GITHUB_STEP_SUMMARY");
    Reports reports = {.step_summary = step_summary};

    if (had_lock) {
        reports.settings = work->session->settings;
        reports.story = &work->session->story;
        reports.observer = session_observer(work->session);
        reports.traceparent = find_traceparent(work, kept_traceparent);
        reports_of_journal(&reports, work->app);
    }
    file_lock_release(work->lock);
    app_close(work->app);
    if (had_lock)
        reports_of_story(&reports);
    memset(work, 0, sizeof *work);
}

bool session_passphrase(const Session *session, char **out, Error *err)
{
    const Options *options = &session->options;
    size_t length = 0;

    *out = NULL;
    if (options->passphrase_env) {
        *out = own_environment_get(options->passphrase_env);
        return *out || error_set(err, ERR_USAGE, "the environment has no variable %s",
                                 options->passphrase_env);
    }
    if (!options->passphrase_file)
        return true;
    if (!file_read_all(options->passphrase_file, PASSPHRASE_MOST, out, &length, err))
        return error_while(err, "reading the passphrase");
    (*out)[strcspn(*out, "\r\n")] = '\0';
    return true;
}
