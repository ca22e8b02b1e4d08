/* textfile: how the last deployment went, as a file for Prometheus: node_exporter's
 * --collector.textfile.directory, windows_exporter's textfile_inputs.
 *
 * What both demand: a name that ends in .prom, a line end behind the last line, no timestamps, no
 * series twice, never half a file.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text-based format) */
#ifndef GODEPLOY_DEPLOY_REPORT_TEXTFILE_H
#define GODEPLOY_DEPLOY_REPORT_TEXTFILE_H

#include "base/text.h"
#include "deploy/app.h"

/* What the journal knows; everything is borrowed. */
typedef struct TextfileFacts {
    const char *app;
    const DeploymentRecord *last;
    const StepRecord *steps; /* of `last` */
    size_t step_count;
    const ServingRecord *serving; /* version "" where nothing serves */
    const DeploymentCounts *counts;
} TextfileFacts;

void textfile_format(const TextfileFacts *facts, Text *out);

/* Writes godeploy_APP.prom into `folder`, which must exist; readable by everyone, as the exporter
 * has a user of its own. Nothing is written before the first deployment. */
bool textfile_write(const App *app, const char *folder, Error *err);

#endif
