/* environment: "NAME=value" lines as the block that CreateProcessW takes. Inner part of
 * base/process/process_launch_windows.c. */
#ifndef GODEPLOY_BASE_PROCESS_ENVIRONMENT_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_ENVIRONMENT_WINDOWS_H

#include "base/error.h"

#include <wchar.h>

/* Sorted by name without regard to case, each name once (the last line of a name wins), with
 * SystemRoot, without which no program can open a socket, from our own environment if it is not
 * there. NULL for `environment`: *out is NULL, which means our own. Caller frees *out.
 * Source: Microsoft Learn, "Changing Environment Variables". */
bool environment_block(const char *const *environment, wchar_t **out, Error *err);

#endif
