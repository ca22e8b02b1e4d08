/* cmd_completion: the script for a shell, and the answers that it asks for.
 *
 * A script asks with `godeploy completion words =TYPED -- WORD...`: TYPED is what there is of the
 * word under the cursor (the `=` is there because some shells lose an empty word), the WORDs are
 * those before it. That is between us and our scripts, so help does not mention it. */
#include "cli/commands.h"
#include "cli/completion.h"

static bool print_words(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *typed = options->argument_count > 1 ? options->arguments[1] : "";
    CLEANUP_TEXT Text answer = {0};

    if (typed[0] != '=')
        return error_set(err, ERR_USAGE, "completion words needs =TYPED -- WORD...");
    completion_offer(command_list(), options->arguments + 2, typed + 1, &answer);
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
