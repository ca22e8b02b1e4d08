/* rolling: a log that a running program appends to, kept small without the program's help.
 *
 * The live file stays the same file: the program holds it open (O_APPEND) and is never told. Its
 * head is copied to LOG.1 (older ones move up, LOG.1 to LOG.2 and so on, the oldest goes), then
 * taken out of the live file. Where the file system can do that (ext4, xfs), no byte is lost, and
 * the cut falls on a block: the line that spans it begins at the end of LOG.1 and goes on in LOG.
 * Elsewhere all of it is copied and the file truncated: what is written in the instant between the
 * two is lost. A machine that crashes in the middle may keep the head twice, never not at all.
 *
 * Source: fallocate(2) FALLOC_FL_COLLAPSE_RANGE. */
#ifndef GODEPLOY_BASE_FILE_ROLLING_H
#define GODEPLOY_BASE_FILE_ROLLING_H

#include "base/error.h"

#include <stdint.h>

typedef struct Rolling {
    const char *path;    /* the live file; borrowed */
    uint64_t most_bytes; /* rolled once it is larger */
    int files;           /* rolled files that are kept, at least 1 */
} Rolling;

/* Rolls if it is time. *freed_bytes is how far the content of the live file moved to its start, 0
 * if nothing was done. After an error the live file is whole and goes on growing; a missing live
 * file is success. */
bool rolling_run(const Rolling *rolling, uint64_t *freed_bytes, Error *err);

#endif
