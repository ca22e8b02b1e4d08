/* cmd_completion: the script for a shell, and the answers that it asks for.
 *
 * A script asks with `godeploy completion words =TYPED -- WORD...`: TYPED is what there is of the
 * word under the cursor (the `=` is there because some shells lose an empty word), the WORDs are
 * those before it. That is between us and our scripts, so help does not mention it. */
#include "cli/commands.h"
#include "cli/completion.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { DEPLOYMENTS_MOST = 100 };

/* ---- what only the host knows; what cannot be read is not offered ---- */

static void add(TextList *out, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(TextList *out, const char *format, ...)
{
    char line[JOURNAL_LINE_SIZE];
    Error ignored = {0};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    (void)text_list_add(out, line, &ignored);
}

static void list_releases(Journal *journal, bool good_alone, TextList *out)
{
    CLEANUP(free) ReleaseRecord *releases = NULL;
    ServingRecord serving = {0};
    Error ignored = {0};
    size_t count = 0;

    if (!journal_serving(journal, &serving, &ignored) ||
        !journal_list_releases(journal, &releases, &count, &ignored))
        return;
    for (size_t i = 0; i < count; i++) {
        bool serves = text_equal(releases[i].version, serving.version);

        if (releases[i].state == RELEASE_REMOVED ||
            (good_alone && (serves || releases[i].state != RELEASE_GOOD)))
            continue;
        add(out, "%s\t%s%s", releases[i].version, release_state_name(releases[i].state),
            serves ? ", serves" : "");
    }
}

static void list_deployments(Journal *journal, TextList *out)
{
    CLEANUP(free) DeploymentRecord *records = NULL;
    Error ignored = {0};
    size_t count = 0;

    if (!journal_list_deployments(journal, DEPLOYMENTS_MOST, &records, &count, &ignored))
        return;
    for (size_t i = 0; i < count; i++)
        add(out, "%" PRId64 "\t%s %s, %s", records[i].id, deployment_kind_name(records[i].kind),
            records[i].version, deployment_state_name(records[i].state));
}

static void list_names(void *context, CompletionName what, const char *file, TextList *out)
{
    CLEANUP(app_close) App *app = NULL;
    Session *session = context;
    Error ignored = {0};

    session->options.file = file;
    if (!session_look(session, &app, &ignored))
        return;
    if (what == COMPLETION_APP)
        add(out, "%s", session->settings->app);
    else if (app->journal && what == COMPLETION_DEPLOYMENTS)
        list_deployments(app->journal, out);
    else if (app->journal)
        list_releases(app->journal, what == COMPLETION_GOOD_RELEASES, out);
}

/* ---- words, and scripts ---- */

static bool print_words(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *typed = options->argument_count > 1 ? options->arguments[1] : "";
    const CompletionHost host = {.list = list_names, .context = session};
    CLEANUP_TEXT Text answer = {0};

    if (typed[0] != '=')
        return error_set(err, ERR_USAGE, "completion words needs =TYPED -- WORD...");
    completion_offer(command_list(), &host, options->arguments + 2, typed + 1, &answer);
    if (!text_ok(&answer, err))
        return false;
    output_text(session->output, text_chars(&answer));
    return true;
}

bool command_completion(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *shell = options->arguments[0];
    const char *script = completion_script(shell);

    if (text_equal(shell, "words"))
        return print_words(session, err);
    if (!script || options->argument_count > 1)
        return error_set(err, ERR_USAGE, "completion takes %s; found '%s'",
                         options->command->arguments,
                         script                  ? options->arguments[1]
                         : text_printable(shell) ? shell
                                                 : "(unprintable)");
    output_text(session->output, script);
    return true;
}
