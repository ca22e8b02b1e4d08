/* process_output: the last of what a program writes, as ProcessResult keeps it. Inner part of
 * process_run(). */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_OUTPUT_H
#define GODEPLOY_BASE_PROCESS_PROCESS_OUTPUT_H

#include "base/process/process.h"

#include <stddef.h>

/* Puts `bytes` behind what is kept; *length is how much that is. A NUL becomes a blank: it would
 * hide what follows it. */
void process_output_keep(ProcessResult *result, size_t *length, const char *bytes, size_t count);

#endif
