/* cmd_lock: lock, unlock and prune: the app is kept in order between deployments. */
#include "base/clock.h"
#include "base/platform.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/release/release.h"

#include <stdio.h>

bool command_lock(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    FreezeRecord freeze = {0};
    const char *message = session->options.message;
    char since[CLOCK_ISO_SIZE];

    if (!session_begin_work(session, WORK_TIDIES, "lock", &work, err) ||
        !journal_freeze(work.app->journal, &freeze, err))
        return false;
    if (freeze.since_ms != 0) {
        (void)error_set(err, ERR_LOCKED, "%s is held already by %s since %s: %s",
                        session->settings->app, freeze.by, clock_format_iso(freeze.since_ms, since),
                        freeze.message);
        return error_hint(err, "`godeploy unlock` ends that hold.");
    }
    freeze.since_ms = clock_wall_ms();
    (void)platform_who(freeze.by);
    (void)snprintf(freeze.message, sizeof freeze.message, "%s", message ? message : "no message");
    if (!journal_save_freeze(work.app->journal, &freeze, err))
        return false;
    output_line(session->output, "%s is held: no deployment until `godeploy unlock`",
                session->settings->app);
    return true;
}

bool command_unlock(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    FreezeRecord freeze = {0};
    const FreezeRecord none = {0};

    if (!session_begin_work(session, WORK_TIDIES, "unlock", &work, err) ||
        !journal_freeze(work.app->journal, &freeze, err) ||
        !journal_save_freeze(work.app->journal, &none, err))
        return false;
    output_line(session->output, freeze.since_ms != 0 ? "%s is no longer held" : "%s was not held",
                session->settings->app);
    return true;
}

bool command_prune(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    CLEANUP(json_free) Json *document = json_new_object();
    PruneReport report = {0};
    char size[TEXT_QUANTITY_SIZE];

    if (!session_begin_work(session, WORK_TIDIES, "prune", &work, err) ||
        !release_prune(work.app, &report, err))
        return false;
    (void)json_put_integer(document, "removed", (int64_t)report.removed);
    (void)json_put_integer(document, "bytes", (int64_t)report.bytes);
    (void)json_put_integer(document, "kept", (int64_t)report.kept);
    if (output_style(session->output) == OUTPUT_JSON)
        output_json(session->output, document);
    else
        output_line(session->output, "%zu removed (%s), %zu kept", report.removed,
                    text_size(report.bytes, size), report.kept);
    return true;
}
