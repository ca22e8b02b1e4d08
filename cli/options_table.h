/* options_table: every option there is, one row each. Internal to options*.c. */
#ifndef GODEPLOY_CLI_OPTIONS_TABLE_H
#define GODEPLOY_CLI_OPTIONS_TABLE_H

#include "cli/options.h"

typedef enum OptionKind {
    OPTION_IS_FLAG,     /* bool */
    OPTION_IS_TEXT,     /* const char * */
    OPTION_IS_WORD,     /* const char *, one of `words` */
    OPTION_IS_LIST,     /* OptionList */
    OPTION_IS_NUMBER,   /* int64_t */
    OPTION_IS_SIZE,     /* uint64_t */
    OPTION_IS_DURATION, /* int64_t ms */
    OPTION_IS_TIME,     /* int64_t ms of the wall clock */
} OptionKind;

typedef struct OptionRow {
    OptionId id;
    const char *name; /* without the dashes */
    char letter;      /* '\0': none */
    OptionKind kind;
    const char *argument; /* as help names it; NULL for a flag */
    size_t offset;        /* in Options */
    const char *const *words;
    int64_t least, most; /* of numbers, sizes and durations */
    const char *help;
} OptionRow;

const OptionRow *option_row(OptionId id);

/* True for the options that every command takes. */
bool option_is_common(OptionId id);
bool option_is_taken(const CommandRow *command, OptionId id); /* `command` NULL: only common ones */

/* NULL if there is none. A letter may mean different things to different commands: the command's
 * own meaning comes first. */
const OptionRow *option_find_letter(const CommandRow *command, char letter);
const OptionRow *option_find_name(const char *name, size_t length);
/* The name that was probably meant; those that `command` takes come first. NULL if there is none.
 */
const char *option_nearest(const CommandRow *command, const char *name);

#endif
