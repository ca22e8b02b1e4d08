/* runner_log: the log file of an instance, for the runners that keep one: LOG_FOLDER/SLOT.log.
 *
 * A log that shrank was rolled: what it holds now is new. */
#ifndef GODEPLOY_DEPLOY_RUNNER_RUNNER_LOG_H
#define GODEPLOY_DEPLOY_RUNNER_RUNNER_LOG_H

#include "deploy/runner/runner.h"

/* NULL if out of memory; caller frees. */
char *runner_log_path(const InstancePlace *place);

/* `last_lines` and `new_lines` of such a runner. Where the instance's start is in its log, stands
 * in RUN_FOLDER/SLOT.state.json; all of the log counts if that is missing. */
bool runner_log_last_lines(const InstancePlace *place, int lines, Text *out, LogPosition *end,
                           Error *err);
bool runner_log_new_lines(const InstancePlace *place, LogPosition *from, Text *out, Error *err);

/* The last lines of any log file, such as a supervisor's own. */
bool runner_log_file_last_lines(const char *path, int lines, Text *out, Error *err);

#endif
