/* own_environment: the variables of this process, which those that it starts inherit. */
#ifndef GODEPLOY_BASE_OWN_ENVIRONMENT_H
#define GODEPLOY_BASE_OWN_ENVIRONMENT_H

#include "base/error.h"

/* `line` is "NAME=value"; takes the place of what NAME was. Only while no other thread looks. */
bool own_environment_set(const char *line, Error *err);

#endif
