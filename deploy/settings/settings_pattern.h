/* settings_pattern: are the {placeholders} of a setting ones that will have a value? */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PATTERN_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* As text_expand() will read it: {name}, and "{{" for "{". `known` is NULL-terminated; in it "env:"
 * stands for {env:ANY_NAME}. *why gets the complaint, *hint what to write instead. */
enum { SETTINGS_WHY_SIZE = 160 };
bool settings_pattern_valid(const char *pattern, const char *const *known,
                            char why[SETTINGS_WHY_SIZE], char hint[SETTINGS_WHY_SIZE]);

/* [A-Za-z_][A-Za-z0-9_]* */
bool settings_is_variable_name(const char *name);

#endif
