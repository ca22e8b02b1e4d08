/* disk_need: how much room the next release takes, by what those before it took.
 *
 * Its archive is no larger than what comes out of it, and both lie on the disk at once. */
#ifndef GODEPLOY_DEPLOY_DISK_NEED_H
#define GODEPLOY_DEPLOY_DISK_NEED_H

#include "deploy/app.h"

typedef struct DiskNeed {
    int64_t kept;           /* releases on this host */
    uint64_t largest_bytes; /* unpacked, of all that ever were here; 0: none was */
    uint64_t usual_bytes;   /* for the next one; before the first, release.max_size */
    uint64_t most_bytes;    /* for the largest archive that release.max_size allows */
} DiskNeed;

bool disk_need(const App *app, DiskNeed *out, Error *err);

#endif
