/* open_files: how many files and connections a process may hold at once. */
#ifndef GODEPLOY_BASE_PROCESS_OPEN_FILES_H
#define GODEPLOY_BASE_PROCESS_OPEN_FILES_H

#include "base/error.h"

#include <stdint.h>

/* Of `pid`; 0: of one that this process starts and that takes all it may have. UINT64_MAX: no
 * bound. Source: prlimit(2) RLIMIT_NOFILE. */
bool open_files_limit(int64_t pid, uint64_t *out, Error *err);

#endif
