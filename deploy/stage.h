/* stage: one step of a deployment, as the pipeline sees it: a row of the table in pipeline.c.
 *
 * run     does the effect, looking before it acts, so that it may be repeated after a crash. When
 * it fails it leaves nothing of its own behind. record  writes what must become durable together
 * with "done"; runs inside the transaction. undo    takes the effect back; must succeed where there
 * is nothing to take back. holds   is what it proved still true? Asked by --resume after a crash or
 * a reboot, and before a finished stage is answered with "already done". NULL where there is
 * nothing of the kind (holds: true as long as the stage before holds). */
#ifndef GODEPLOY_DEPLOY_STAGE_H
#define GODEPLOY_DEPLOY_STAGE_H

#include "deploy/deployment.h"

bool stage_fetch(Deployment *deployment, Error *err);
bool undo_fetch(Deployment *deployment, Error *err);
bool holds_fetch(Deployment *deployment);

bool stage_verify(Deployment *deployment, Error *err);
bool holds_verify(Deployment *deployment);

bool stage_unpack(Deployment *deployment, Error *err);
bool record_unpack(Deployment *deployment, Error *err);
bool undo_unpack(Deployment *deployment, Error *err);
bool holds_unpack(Deployment *deployment);

bool stage_start(Deployment *deployment, Error *err);
bool record_start(Deployment *deployment, Error *err);
bool undo_start(Deployment *deployment, Error *err);
bool holds_start(Deployment *deployment);

bool stage_check(Deployment *deployment, Error *err);

bool stage_flip(Deployment *deployment, Error *err);
bool record_flip(Deployment *deployment, Error *err);
bool undo_flip(Deployment *deployment, Error *err);
bool holds_flip(Deployment *deployment);

bool stage_watch(Deployment *deployment, Error *err);
bool record_watch(Deployment *deployment, Error *err);
bool undo_watch(Deployment *deployment, Error *err);

bool stage_drain(Deployment *deployment, Error *err);

bool stage_retire(Deployment *deployment, Error *err);

#endif
