/* parent_metrics: where the parent tells its figures over HTTP. The address is part of the table of
 * routes, so that it outlives the parent. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_PARENT_METRICS_H
#define GODEPLOY_PROXY_SERVER_PARENT_PARENT_METRICS_H

#include "proxy/server/parent/control_server.h"
#include "proxy/server/parent/parent.h"

/* For MetricsServer.asked; `parent` is a Parent. */
void parent_metrics_asked(void *parent, MetricsClient *client);

/* Listens where the table says, if it does not yet; tried again until it works. */
void parent_metrics_mend(Parent *parent);

/* {"address":"127.0.0.1:9090"}, or "" for nowhere. Refused, with nothing changed, where it cannot
 * listen or save. */
void parent_metrics_command(Parent *parent, ControlClient *client, const Json *question);

#endif
