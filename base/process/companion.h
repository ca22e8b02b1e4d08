/* companion: a program that is installed with this one, such as godeploy-proxy. */
#ifndef GODEPLOY_BASE_PROCESS_COMPANION_H
#define GODEPLOY_BASE_PROCESS_COMPANION_H

#include "base/error.h"

/* Where `name` is: in the folder that the variable GODEPLOY_LIBEXEC names, where packaging put it
 * elsewhere; else beside the running program, or, where packages put what people do not call
 * themselves, in ../libexec/godeploy from there. ERR_PROCESS if it is not there. Caller frees. */
bool companion_find(const char *name, char **out, Error *err);

#endif
