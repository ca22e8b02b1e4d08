/* output_ci: the words that a CI service reads in a log: groups that fold, and annotations on the
 * page of the run. Internal to output*.c.
 *
 * Whoever can write into a log can say them too, such as a service whose last lines we show. So
 * what is not ours is written out: `##vso[` as `\x23#vso[`, `::` at the beginning of a line as
 * `\x3a:`, in an annotation's words too, since they may come to be lines of another log. Source:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions,
 * https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands */
#ifndef GODEPLOY_CLI_OUTPUT_CI_H
#define GODEPLOY_CLI_OUTPUT_CI_H

#include "cli/output.h"

typedef enum CiLevel { CI_WARNING, CI_ERROR } CiLevel;

/* Each appends whole lines, and nothing for CI_NONE. `words` may be several lines, from anywhere.
 */
void output_ci_begin_group(Text *out, CiService service, const char *title);
void output_ci_end_group(Text *out, CiService service);
void output_ci_annotate(Text *out, CiService service, CiLevel level, const char *words);

/* Appends `length` bytes of whole lines with what a CI service would obey written out; `json`: in
 * the way of JSON, which means the same there. */
void output_ci_append_harmless(Text *out, const char *bytes, size_t length, bool json);

#endif
