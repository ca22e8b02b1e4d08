/* completion: what may stand at the cursor of a command line that is being typed, for shells.
 *
 * The scripts in packaging/completions hand over the words before the cursor and offer what is
 * answered here, so that no shell knows a command or an option by itself. What may follow is read
 * from the rows of commands and options; of a command's arguments, from the line that its help
 * shows: small letters are a word as it is typed, capital ones stand for something. */
#ifndef GODEPLOY_CLI_COMPLETION_H
#define GODEPLOY_CLI_COMPLETION_H

#include "cli/options.h"

/* Besides words: the shell is to offer what it finds on the disk. */
#define COMPLETION_FILES   ":files"
#define COMPLETION_FOLDERS ":folders"

/* What only the host knows. */
typedef enum CompletionName {
    COMPLETION_APP,
    COMPLETION_RELEASES,
    COMPLETION_GOOD_RELEASES, /* that a rollback may go to */
    COMPLETION_DEPLOYMENTS
} CompletionName;

/* Who knows it. */
typedef struct CompletionHost {
    /* Adds the names, each with its description behind a tab where there is one; none where they
     * cannot be had. `file` is the settings file of the line; NULL: the usual one. */
    void (*list)(void *context, CompletionName what, const char *file, TextList *out);
    void *context;
} CompletionHost;

/* Appends a line for each word that may stand there, with its description behind a tab where there
 * is one. `before` are the words between `godeploy` and the cursor, NULL-terminated; `typed` is
 * what there is of the word under it. What does not begin like `typed` may be among the answers:
 * shells choose by their own rules. */
void completion_offer(CommandList commands, const CompletionHost *host, const char *const *before,
                      const char *typed, Text *out);

/* The script that teaches a shell; NULL if there is none for a shell of this name. Static. */
const char *completion_script(const char *shell);

#endif
