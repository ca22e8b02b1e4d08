/* process_program: which program a process is, and which processes run programs of a folder. */
#ifndef GODEPLOY_BASE_PROCESS_PROCESS_PROGRAM_H
#define GODEPLOY_BASE_PROCESS_PROCESS_PROGRAM_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { PROCESS_NAME_SIZE = 64 };

/* What the system calls it: "nginx". "?" where that cannot be seen. */
const char *process_name(int64_t pid, char out[PROCESS_NAME_SIZE]);

/* The pids of processes whose program lies below `folder`, also one that was removed since; at most
 * `most`, *count is how many there are. What belongs to users that we may not look at is not seen.
 */
bool process_list_below(const char *folder, int64_t *pids, size_t most, size_t *count, Error *err);

#endif
