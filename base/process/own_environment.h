/* own_environment: the variables of this process, which those that it starts inherit. */
#ifndef GODEPLOY_BASE_PROCESS_OWN_ENVIRONMENT_H
#define GODEPLOY_BASE_PROCESS_OWN_ENVIRONMENT_H

#include "base/error.h"

/* `line` is "NAME=value"; takes the place of what NAME was. Only while no other thread looks. */
bool own_environment_set(const char *line, Error *err);

/* In UTF-8. NULL: not set, no text, or out of memory. Caller frees. On Windows getenv() answers in
 * the code page of the system, which is UTF-8 for us from Windows 10 1903 and Server 2022 on only.
 */
char *own_environment_get(const char *name);

/* The names that programs of this system take for granted: where to find others, who they run as,
 * where to put files for a moment. No secret is among them. NULL-terminated, static. */
const char *const *own_environment_usual(void);

#endif
