/* plan: what a deployment would do, and what already stands in its way. Looks and changes nothing.
 */
#ifndef GODEPLOY_DEPLOY_PLAN_H
#define GODEPLOY_DEPLOY_PLAN_H

#include "base/file/folder_room.h"
#include "deploy/app.h"
#include "deploy/disk_need.h"
#include "deploy/pipeline.h"
#include "deploy/situation.h"

typedef struct Plan {
    const App *app; /* borrowed */
    Situation situation;
    Slot slot;         /* that the new release would take */
    char source[2048]; /* without secrets; "" where it cannot be told */
    bool is_here;      /* that release is on this host already: nothing is fetched */
    DiskNeed disk;
    FolderRoom room;
    bool would_change;  /* false: that release serves already, and all is as it should be */
    TextList obstacles; /* what would make it fail; a sentence each, without full stop */
    TextList hints;     /* what to try against each of them; "" where nothing is known */
    TextList warnings;  /* what a deployment does not fail by: a report that nobody would get */
} Plan;

/* `request` as pipeline_open() would get it. False only where the state cannot be seen; what else
 * is wrong is an obstacle. */
bool plan_make(const App *app, const DeployRequest *request, Plan *out, Error *err);
void plan_free(Plan *plan); /* its parts, not the struct */
#define CLEANUP_PLAN __attribute__((cleanup(plan_free)))

#endif
