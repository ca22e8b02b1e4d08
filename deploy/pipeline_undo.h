/* pipeline_undo: a stage failed, or the operator gave up: what was done is taken back, newest
 * first. */
#ifndef GODEPLOY_DEPLOY_PIPELINE_UNDO_H
#define GODEPLOY_DEPLOY_PIPELINE_UNDO_H

#include "deploy/pipeline_table.h"

/* Writes down and tells why the stage failed, undoes all that the table says and closes the
 * deployment, or leaves it open where that is safer. `effect_done`: the stage itself had worked,
 * only its outcome could not be recorded. False, always: `err` says it all. */
bool pipeline_stage_failed(Deployment *deployment, size_t index, bool effect_done, Error *err);

#endif
