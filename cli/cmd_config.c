/* cmd_config: the service's own configuration: config push, show, rollback. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/config_push.h"
#include "verify/digest.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- in words ---- */

static const char *name_of(int64_t sequence, char out[32])
{
    if (sequence == CONFIG_NOWHERE)
        (void)snprintf(out, 32, "none");
    else if (sequence == 0)
        (void)snprintf(out, 32, "the one before godeploy");
    else
        (void)snprintf(out, 32, "%" PRId64, sequence);
    return out;
}

/* By hand, or by another tool. A file that cannot be read is not called changed. */
static bool was_changed(const Session *session, const ConfigRecord *record)
{
    Digest digest = {0};
    char hex[DIGEST_HEX_SIZE];
    Error ignored = {0};

    return record->digest[0] != '\0' &&
           digest_file(session->settings->config.file, &digest, &ignored) &&
           !text_equal(digest_to_hex(&digest, hex), record->digest);
}

static Json *document_of(const Session *session, const ConfigRecord *record)
{
    Json *document = json_new_object();
    char since[CLOCK_ISO_SIZE];

    (void)json_put_text(document, "app", session->settings->app);
    (void)json_put_text(document, "file", session->settings->config.file);
    (void)json_put_integer(document, "sequence", record->sequence);
    (void)json_put_text(document, "sha256", record->digest[0] != '\0' ? record->digest : NULL);
    (void)json_put_bool(document, "changed", was_changed(session, record));
    (void)json_put_text(document, "key", record->key_id[0] != '\0' ? record->key_id : NULL);
    (void)json_put_integer(document, "highest", record->highest);
    if (record->previous != CONFIG_NOWHERE)
        (void)json_put_integer(document, "previous", record->previous);
    if (record->trying != CONFIG_NOWHERE)
        (void)json_put_integer(document, "unproven", record->trying);
    if (record->since_ms != 0) {
        (void)json_put_text(document, "since", clock_format_iso(record->since_ms, since));
        (void)json_put_text(document, "by", record->by);
    }
    return document;
}

static void say_changed(Session *session, const ConfigOutcome *outcome)
{
    char now[32], before[32], watched[TEXT_QUANTITY_SIZE];

    if (output_style(session->output) == OUTPUT_JSON) {
        CLEANUP(json_free) Json *document = document_of(session, &outcome->now);

        (void)json_put_bool(document, "watched", outcome->told);
        output_json(session->output, document);
        return;
    }
    if (outcome->told)
        output_line(session->output,
                    "%s: configuration %s is in place, healthy for %s (before: %s)",
                    session->settings->app, name_of(outcome->now.sequence, now),
                    text_duration(session->settings->config.watch_ms, watched),
                    name_of(outcome->before.sequence, before));
    else
        output_line(session->output,
                    "%s: configuration %s is in place; no instance runs, it is read at the next "
                    "start (before: %s)",
                    session->settings->app, name_of(outcome->now.sequence, now),
                    name_of(outcome->before.sequence, before));
}

/* ---- the words of the command ---- */

static bool push(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    ConfigOutcome outcome = {0};

    if (session->options.argument_count != 2) {
        (void)error_set(err, ERR_USAGE, "config push needs one FILE");
        return error_hint(err, "`godeploy help config` explains it.");
    }
    if (!session_begin_work(session, WORK_DEPLOYS, "config push", &work, err) ||
        !config_push(work.app, session->options.arguments[1], &outcome, err))
        return false;
    say_changed(session, &outcome);
    return true;
}

static bool rollback(Session *session, Error *err)
{
    CLEANUP_WORK Work work = {0};
    ConfigOutcome outcome = {0};

    if (!session_begin_work(session, WORK_DEPLOYS, "config rollback", &work, err) ||
        !config_rollback(work.app, &outcome, err))
        return false;
    say_changed(session, &outcome);
    return true;
}

static void print_record(Session *session, const ConfigRecord *record)
{
    char name[32], since[CLOCK_ISO_SIZE];

    output_line(session->output, "file      %s", session->settings->config.file);
    output_line(session->output, "in place  %s", name_of(record->sequence, name));
    if (record->digest[0] != '\0')
        output_line(session->output, "sha256    %s", record->digest);
    if (record->key_id[0] != '\0')
        output_line(session->output, "key       %s", record->key_id);
    if (record->since_ms != 0)
        output_line(session->output, "since     %s, by %s",
                    clock_format_iso(record->since_ms, since), record->by);
    output_line(session->output, "previous  %s", name_of(record->previous, name));
    if (was_changed(session, record))
        output_line(session->output, "! the file has been changed since: it is not %s any more",
                    name_of(record->sequence, name));
    if (record->trying != CONFIG_NOWHERE)
        output_line(session->output,
                    "! %s was put in place and never proven: the next command "
                    "puts the one before back",
                    name_of(record->trying, name));
}

static bool show(Session *session, Error *err)
{
    CLEANUP(app_close) App *app = NULL;
    ConfigRecord record = {.previous = CONFIG_NOWHERE, .trying = CONFIG_NOWHERE};

    if (!session_look(session, &app, err))
        return false;
    if (!session->settings->config.file) {
        (void)error_set(err, ERR_SETTINGS, "the settings name no configuration of the service");
        return error_hint(err, "Set config.file.");
    }
    if (app->journal && !journal_config(app->journal, &record, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON) {
        CLEANUP(json_free) Json *document = document_of(session, &record);

        output_json(session->output, document);
    } else {
        print_record(session, &record);
    }
    return true;
}

bool command_config(Session *session, Error *err)
{
    const char *word = session->options.arguments[0];

    if (text_equal(word, "push"))
        return push(session, err);
    if (session->options.argument_count == 1 && text_equal(word, "show"))
        return show(session, err);
    if (session->options.argument_count == 1 && text_equal(word, "rollback"))
        return rollback(session, err);
    (void)error_set(err, ERR_USAGE, "config knows push FILE, show and rollback, not \"%s\"",
                    session->options.arguments[session->options.argument_count - 1]);
    return error_hint(err, "`godeploy help config` explains it.");
}
