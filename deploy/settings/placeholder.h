/* placeholder: {name} in a setting, replaced when its value is known; {env:NAME} by our
 * environment, which is how a secret gets in without standing in a file that is shared. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_PLACEHOLDER_H
#define GODEPLOY_DEPLOY_SETTINGS_PLACEHOLDER_H

#include "base/text.h"

/* As text_expand(), and {env:NAME} besides. ERR_SETTINGS naming what has no value. Caller frees. */
bool placeholder_expand(const char *pattern, const Placeholder *values, size_t count, char **out,
                        Error *err);

enum { PLACEHOLDER_NAME_SIZE = 65 }; /* settings_pattern_valid() lets no longer one through */

/* The next {env:NAME} at or behind *at whose variable is not set, and moves *at behind it. False:
 * there is none. */
bool placeholder_next_unset(const char **at, char name[PLACEHOLDER_NAME_SIZE]);

#endif
