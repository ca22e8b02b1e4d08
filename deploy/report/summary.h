/* summary: a deployment as a table in Markdown, for the page of a run of GitHub Actions.
 *
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (job
 * summaries) */
#ifndef GODEPLOY_DEPLOY_REPORT_SUMMARY_H
#define GODEPLOY_DEPLOY_REPORT_SUMMARY_H

#include "base/text.h"
#include "deploy/report/story.h"

void summary_format(const Story *story, Text *out);

/* Appends it to the file that GITHUB_STEP_SUMMARY names, if anything ran. */
bool summary_write(const Story *story, const char *path, Error *err);

#endif
