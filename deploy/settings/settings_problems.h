/* settings_problems: all that is wrong with a settings file, so that one run names it all. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PROBLEMS_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PROBLEMS_H

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"

#include <stddef.h>

enum { SETTINGS_PROBLEMS_SHOWN = 8 }; /* more than a screen of them helps nobody */

typedef struct SettingsProblems {
    const char *file; /* as messages name it; borrowed */
    Text text;
    size_t count;
    char hint[ERROR_HINT_SIZE]; /* of the first problem */
    bool out_of_memory;
} SettingsProblems;

void settings_problems_free(SettingsProblems *problems);

/* "FILE:LINE: KEY: MESSAGE". `line` 0: the file as a whole. `key` NULL: none. */
void settings_problem(SettingsProblems *problems, int line, const char *key, const char *format,
                      ...) PRINTF_LIKE(4, 5);

/* What to try about the problem just added; kept where that is the first one. */
void settings_problem_hint(SettingsProblems *problems, const char *format, ...) PRINTF_LIKE(2, 3);

/* True if there is none; else ERR_SETTINGS with one line for each. */
bool settings_problems_none(const SettingsProblems *problems, Error *err);

/* A value as a message may show it: short, and without control characters. */
enum { SETTINGS_SHOWN_SIZE = 84 };
const char *settings_shown(const char *value, char out[SETTINGS_SHOWN_SIZE]);

#endif
