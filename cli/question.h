/* question: whoever sits at the terminal is asked before something that clients would notice at
 * once.
 */
#ifndef GODEPLOY_CLI_QUESTION_H
#define GODEPLOY_CLI_QUESTION_H

#include "cli/session.h"

/* `what` says what would happen, as an error would. True with --yes, or answered so. ERR_USAGE
 * where nobody can be asked (no terminal, --json), ERR_INTERRUPTED for any other answer: nothing
 * was done then. */
bool question_confirm(const Session *session, const char *what, Error *err);

#endif
