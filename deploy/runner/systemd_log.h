/* systemd_log: what an instance wrote, as journald keeps it: its own lines, by the field
 * GODEPLOY_INSTANCE of its unit, and what systemd said about the unit since it was started. */
#ifndef GODEPLOY_DEPLOY_RUNNER_SYSTEMD_LOG_H
#define GODEPLOY_DEPLOY_RUNNER_SYSTEMD_LOG_H

#include "deploy/runner/runner.h"

/* As Runner has them. */
bool systemd_log_last_lines(const InstancePlace *place, int lines, Text *out, LogPosition *end,
                            Error *err);
bool systemd_log_new_lines(const InstancePlace *place, LogPosition *from, Text *out, Error *err);

#endif
