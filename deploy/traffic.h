/* traffic: the route of the app as settings and journal want it: who answers, whether the gate is
 * open, and which share a canary has. Whoever sets a route takes it from here, so that a pause
 * outlasts a deployment and a deployment does not end a pause. */
#ifndef GODEPLOY_DEPLOY_TRAFFIC_H
#define GODEPLOY_DEPLOY_TRAFFIC_H

#include "deploy/app.h"

/* Shuts the gate of a route made by app_route() if the operator wants it shut: no route is set
 * without. */
bool traffic_heed_pause(const App *app, Route *route, Error *err);

/* New requests wait. An operator's maintenance stays one: nobody gets through that either. */
void traffic_hold(Route *route);

/* The slot that is not active gets the rollout's share of new clients. */
void traffic_share(Route *route, const RolloutRecord *rollout, const char *release);

/* What should be set at this moment, a deployment that was cut short included. ERR_NO_RELEASE where
 * nothing serves. */
bool traffic_route_now(const App *app, Route *out, Error *err);

/* True while the old instance of an exclusive deployment is meant to be down and the new one does
 * not serve yet. */
bool traffic_is_handed_over(const App *app, const DeploymentRecord *open, bool *out, Error *err);

#endif
