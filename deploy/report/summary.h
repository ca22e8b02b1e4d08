/* summary: a deployment as a table in Markdown, for the page of a run of GitHub Actions.
 *
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (job
 * summaries) */
#ifndef GODEPLOY_DEPLOY_REPORT_SUMMARY_H
#define GODEPLOY_DEPLOY_REPORT_SUMMARY_H

#include "base/text.h"
#include "deploy/report/story.h"

void summary_format(const Story *story, Text *out);

enum { SUMMARY_MOST = 1024 * 1024 }; /* bytes of a step; several commands may share it */

/* Appends it to the file that GITHUB_STEP_SUMMARY names, if anything ran. ERR_FILE where that would
 * be too long. */
bool summary_write(const Story *story, const char *path, Error *err);

#endif
