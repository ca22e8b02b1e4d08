/* environment: variables of this process, as getenv() sees them.
 * Sources: environment_posix.c, environment_windows.c. */
#ifndef GODEPLOY_TESTS_SUPPORT_ENVIRONMENT_H
#define GODEPLOY_TESTS_SUPPORT_ENVIRONMENT_H

#include <stdbool.h>

bool environment_set(const char *name, const char *value);
bool environment_unset(const char *name);

#endif
