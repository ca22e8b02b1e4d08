/* pipeline_step: one stage as the journal has it: intended, done, failed or undone.
 *
 * The crash rule is kept here: what is intended is durable before it is done, and what was done is
 * before anything else begins. */
#ifndef GODEPLOY_DEPLOY_PIPELINE_STEP_H
#define GODEPLOY_DEPLOY_PIPELINE_STEP_H

#include "deploy/pipeline_table.h"

/* From here on the deployment speaks for this stage. */
void step_enter(Deployment *deployment, size_t index);
int64_t step_took_ms(const Deployment *deployment);

bool step_save(Deployment *deployment, size_t index, StepState state, const char *text, Error *err);
bool step_is_done(Deployment *deployment, size_t index, bool *done, Error *err);

/* The intent of the first stage of a run; what came after it once is no longer proven. */
bool step_begin_at(Deployment *deployment, size_t first, Error *err);

/* "Done", with what the stage records and, with `go_on`, the intent of the one that follows; the
 * last one closes the deployment. All of it or nothing. */
bool step_finish(Deployment *deployment, size_t index, bool go_on, Error *err);
void step_tell_end(const Deployment *deployment);

/* The end of the whole deployment. */
bool step_close_deployment(Deployment *deployment, DeploymentState state, const char *message,
                           Error *err);

#endif
