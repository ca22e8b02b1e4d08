/* trace: a deployment as spans: one for the whole, below it one for each stage that ran or was
 * undone, as an OpenTelemetry collector takes them.
 *
 * Each command of a deployment sends the spans of its own stages; the ids are made of the
 * deployment, so that they meet in one trace. The span of the whole is sent once, by the command
 * that closes the deployment: a span that was ended is never changed (opentelemetry.io/docs/specs/
 * otel/trace/api, Span: End), and what failed and stays open may still be finished. Where the
 * environment has TRACEPARENT, or that of the command which began the deployment had it, that trace
 * is gone on with; one that says "not sampled" is left alone. Source:
 * https://opentelemetry.io/docs/specs/otlp/ (OTLP/HTTP, JSON), https://www.w3.org/TR/trace-context/
 */
#ifndef GODEPLOY_DEPLOY_REPORT_TRACE_H
#define GODEPLOY_DEPLOY_REPORT_TRACE_H

#include "deploy/report/story.h"
#include "deploy/settings/settings.h"

enum { TRACE_ID_HEX = 33, TRACE_SPAN_HEX = 17 };

/* Where a trace is gone on with. */
typedef struct TraceParent {
    char trace[TRACE_ID_HEX];    /* lower-case hexadecimal */
    char parent[TRACE_SPAN_HEX]; /* "": the deployment is the root */
    bool sampled;
} TraceParent;

/* The value of TRACEPARENT; false for NULL and for anything that is none. */
bool trace_parse_parent(const char *value, TraceParent *out);

/* OTLP's ExportTraceServiceRequest; the span of the whole is in it once the deployment is closed.
 * Caller frees. */
bool trace_body(const Story *story, const TraceParent *parent, char **out, Error *err);

/* Sends it, if anything ran. `traceparent` may be NULL. */
bool trace_send(const Settings *settings, const Story *story, const char *traceparent, Error *err);

#endif
