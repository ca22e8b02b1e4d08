/* See question.h. */
#include "cli/question.h"

#include "base/console.h"
#include "base/interrupt.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { STDIN = 0, STDERR = 2, ANSWER_SIZE = 16 };

/* Standard output may go into a file: the question is not part of what is asked for. */
static bool somebody_is_there(const Session *session)
{
    return output_style(session->output) != OUTPUT_JSON && console_is_terminal(STDIN) &&
           console_is_terminal(STDERR);
}

static bool ask(const char *what, Error *err)
{
    CLEANUP(free) char *question = text_formatted("%s\nGo on? [y/N] ", what);

    return question ? console_write(STDERR, question, strlen(question), err) : error_memory(err);
}

/* No answer, as at the end of input, is none that says yes. */
static bool says_yes(void)
{
    char answer[ANSWER_SIZE] = "";

    if (!fgets(answer, sizeof answer, stdin))
        return false;
    answer[strcspn(answer, "\r\n")] = '\0';
    return text_equal(answer, "y") || text_equal(answer, "Y") || text_equal(answer, "yes");
}

bool question_confirm(const Session *session, const char *what, Error *err)
{
    bool yes = session->options.yes;

    if (!yes && !somebody_is_there(session)) {
        (void)error_set(err, ERR_USAGE, "%s, and nobody is here to be asked", what);
        return error_hint(err, "`--yes` does it without a question.");
    }
    if (!yes && !ask(what, err))
        return false;
    yes = yes || says_yes();
    return interrupt_check(err) &&
           (yes || error_set(err, ERR_INTERRUPTED, "the answer was not yes: nothing was changed"));
}
