/* exclusive: an app that cannot run twice. Its old instance makes room before the new one starts;
 * requests wait at the gate of the traffic engine meanwhile, each as long as traffic.hold.for.
 *
 * A part of the stage start, and of its undoing: between the two the old instance is down on
 * purpose, which the intent of that stage in the journal says (traffic_is_handed_over). The gate is
 * opened by the flip, or by giving back. Nothing happens here in a deployment that is not
 * exclusive, or where nothing served before. */
#ifndef GODEPLOY_DEPLOY_EXCLUSIVE_H
#define GODEPLOY_DEPLOY_EXCLUSIVE_H

#include "deploy/deployment.h"

bool exclusive_is_wanted(const Deployment *deployment);

/* Shuts the gate, lets what is under way end within drain.in_flight, and stops the old instance. */
bool exclusive_make_room(Deployment *deployment, Error *err);

/* The new instance is gone: the old one is started again in its own slot, is healthy, and the gate
 * is as the operator wants it. */
bool exclusive_give_back(Deployment *deployment, Error *err);

#endif
