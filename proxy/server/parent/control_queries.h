/* control_queries: what can be asked on the control socket without changing anything. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_CONTROL_QUERIES_H
#define GODEPLOY_PROXY_SERVER_PARENT_CONTROL_QUERIES_H

#include "proxy/server/parent/parent.h"

void query_status(Parent *parent, ControlClient *client, const Json *question);
void query_stats(Parent *parent, ControlClient *client, const Json *question);
void query_metrics(Parent *parent, ControlClient *client, const Json *question);

#endif
