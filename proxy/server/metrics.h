/* metrics: the figures of all apps as Prometheus reads them.
 *
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text, version 0.0.4). */
#ifndef GODEPLOY_PROXY_SERVER_METRICS_H
#define GODEPLOY_PROXY_SERVER_METRICS_H

#include "proxy/server/parent/parent.h"

/* By what the workers said last. */
void metrics_append(Parent *parent, Text *out);

#endif
