/* See trace.h. */
#include "deploy/report/trace.h"

#include "base/json.h"
#include "base/platform.h"
#include "deploy/report/delivery.h"
#include "verify/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 2, KIND_INTERNAL = 1, STATUS_OK = 1, STATUS_ERROR = 2 };

/* ---- TRACEPARENT ---- */

static bool is_id(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length && strspn(text, "0") < length;
}

/* 00-TRACE-PARENT-FLAGS; a later version may have more behind it, and ff is none (W3C, 3.2). */
bool trace_parse_parent(const char *value, TraceParent *out)
{
    enum { TRACE_AT = 3, SPAN_AT = 36, FLAGS_AT = 53, LENGTH = 55 };
    size_t length = value ? strlen(value) : 0;
    int low = 0;

    if (length < LENGTH || value[TRACE_AT - 1] != '-' || value[SPAN_AT - 1] != '-' ||
        value[FLAGS_AT - 1] != '-' || strspn(value, "0123456789abcdef") != 2 ||
        strncmp(value, "ff", 2) == 0 || (strncmp(value, "00", 2) == 0 && length != LENGTH) ||
        (length > LENGTH && value[LENGTH] != '-'))
        return false;
    if (!is_id(value + TRACE_AT, TRACE_ID_HEX - 1) || !is_id(value + SPAN_AT, TRACE_SPAN_HEX - 1) ||
        strspn(value + FLAGS_AT, "0123456789abcdef") < 2)
        return false;
    (void)snprintf(out->trace, sizeof out->trace, "%.32s", value + TRACE_AT);
    (void)snprintf(out->parent, sizeof out->parent, "%.16s", value + SPAN_AT);
    low = text_hex_digit(value[FLAGS_AT + 1]);
    out->sampled = low % 2 == 1;
    return true;
}

/* ---- ids ---- */

/* The same for every command of this deployment, and for no other. */
static bool id_of(const Story *story, const char *what, size_t size, char *out, Error *err)
{
    char by[PLATFORM_WHO_SIZE], hex[DIGEST_HEX_SIZE];
    const char *host = strchr(platform_who(by), '@');
    CLEANUP_TEXT Text seed = {0};
    Digest digest;

    text_appendf(&seed, "godeploy %s %s %s %" PRId64 " %s", host ? host : "", story->app,
                 story->deployment, story->began_ms, what);
    if (!text_ok(&seed, err) || !digest_bytes(text_chars(&seed), seed.length, &digest, err))
        return false;
    (void)snprintf(out, size, "%s", digest_to_hex(&digest, hex));
    return true;
}

/* ---- OTLP ---- */

static void push_attribute(Json *attributes, const char *key, const char *text)
{
    Json *one = json_new_object(), *value = json_new_object();

    (void)json_put_text(value, "stringValue", text);
    (void)json_put_text(one, "key", key);
    (void)json_put(one, "value", value);
    (void)json_push(attributes, one);
}

/* 64-bit numbers are text in the JSON of Protocol Buffers. */
static void put_nanoseconds(Json *span, const char *key, int64_t wall_ms)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRId64 "000000", wall_ms);
    (void)json_put_text(span, key, text);
}

typedef struct Span {
    const char *trace, *id, *parent; /* parent "": a root */
    const char *name;
    int64_t began_ms, ended_ms;
    bool failed;
    const char *message; /* of what failed */
} Span;

/* Takes `attributes`. */
static Json *span_json(const Span *span, Json *attributes)
{
    Json *one = json_new_object(), *status = json_new_object();

    (void)json_put_text(one, "traceId", span->trace);
    (void)json_put_text(one, "spanId", span->id);
    if (span->parent[0] != '\0')
        (void)json_put_text(one, "parentSpanId", span->parent);
    (void)json_put_text(one, "name", span->name);
    (void)json_put_integer(one, "kind", KIND_INTERNAL);
    put_nanoseconds(one, "startTimeUnixNano", span->began_ms);
    put_nanoseconds(one, "endTimeUnixNano", span->ended_ms);
    (void)json_put(one, "attributes", attributes);
    (void)json_put_integer(status, "code", span->failed ? STATUS_ERROR : STATUS_OK);
    if (span->failed)
        (void)json_put_text(status, "message", span->message);
    (void)json_put(one, "status", status);
    return one;
}

static Json *attributes_of(const Story *story)
{
    Json *attributes = json_new_array();

    push_attribute(attributes, "godeploy.app", story->app);
    push_attribute(attributes, "godeploy.deployment", story->deployment);
    push_attribute(attributes, "godeploy.release", story->release);
    push_attribute(attributes, "godeploy.from", story->from);
    push_attribute(attributes, "godeploy.slot", story->slot);
    return attributes;
}

static Json *whole_span(const Story *story, const TraceParent *parent, const char *id)
{
    char name[STORY_APP_SIZE + 16];
    Json *attributes = attributes_of(story);
    const Span span = {.trace = parent->trace,
                       .id = id,
                       .parent = parent->parent,
                       .name = name,
                       .began_ms = story->began_ms,
                       .ended_ms = story->ended_ms,
                       .failed = story->result != STORY_DONE,
                       .message = story->result == STORY_ABORTED ? "aborted by the operator"
                                                                 : story->error.message};

    (void)snprintf(name, sizeof name, "%s %s", story->rollback ? "rollback" : "deploy", story->app);
    push_attribute(attributes, "godeploy.result", story_result_name(story->result));
    return span_json(&span, attributes);
}

static Json *part_span(const Story *story, const StoryPart *part, const Span *ids)
{
    char name[JOURNAL_STAGE_SIZE + 8];
    Json *attributes = attributes_of(story);
    Span span = *ids;

    (void)snprintf(name, sizeof name, "%s%s", part->undoes ? "undo " : "", part->stage);
    span.name = name;
    span.began_ms = part->began_ms;
    span.ended_ms = part->ended_ms;
    span.failed = part->result == STORY_FAILED;
    span.message = part->text;
    push_attribute(attributes, "godeploy.result", story_result_name(part->result));
    if (!span.failed && part->text[0] != '\0')
        push_attribute(attributes, "godeploy.proof", part->text);
    return span_json(&span, attributes);
}

/* What was skipped took no time and was told by whoever did it. */
static bool push_parts(const Story *story, const char *trace, const char *whole, Json *spans,
                       Error *err)
{
    for (size_t i = 0; i < story->count; i++) {
        const StoryPart *part = &story->parts[i];
        char what[JOURNAL_STAGE_SIZE + 32], id[TRACE_SPAN_HEX];
        const Span ids = {.trace = trace, .id = id, .parent = whole};

        if (part->result == STORY_SKIPPED)
            continue;
        (void)snprintf(what, sizeof what, "%s %d %" PRId64, part->stage, part->undoes,
                       part->began_ms);
        if (!id_of(story, what, sizeof id, id, err))
            return false;
        (void)json_push(spans, part_span(story, part, &ids));
    }
    return true;
}

/* Takes `spans`. */
static Json *wrapped(Json *spans)
{
    Json *request = json_new_object(), *resources = json_new_array(), *of = json_new_object();
    Json *resource = json_new_object(), *attributes = json_new_array();
    Json *scopes = json_new_array(), *scoped = json_new_object(), *scope = json_new_object();
    char by[PLATFORM_WHO_SIZE];
    const char *host = strchr(platform_who(by), '@');

    push_attribute(attributes, "service.name", "godeploy");
    push_attribute(attributes, "service.version", GODEPLOY_VERSION);
    push_attribute(attributes, "host.name", host ? host + 1 : by);
    (void)json_put(resource, "attributes", attributes);
    (void)json_put_text(scope, "name", "godeploy");
    (void)json_put_text(scope, "version", GODEPLOY_VERSION);
    (void)json_put(scoped, "scope", scope);
    (void)json_put(scoped, "spans", spans);
    (void)json_push(scopes, scoped);
    (void)json_put(of, "resource", resource);
    (void)json_put(of, "scopeSpans", scopes);
    (void)json_push(resources, of);
    (void)json_put(request, "resourceSpans", resources);
    return request;
}

bool trace_body(const Story *story, const TraceParent *parent, char **out, Error *err)
{
    CLEANUP(json_free) Json *spans = json_new_array();
    CLEANUP(json_free) Json *request = NULL;
    char whole[TRACE_SPAN_HEX];

    if (!id_of(story, "whole", sizeof whole, whole, err) ||
        !push_parts(story, parent->trace, whole, spans, err))
        return false;
    if (story_has_ended(story) && !story->is_open)
        (void)json_push(spans, whole_span(story, parent, whole));
    request = wrapped(TAKE(spans));
    *out = json_line(request);
    return *out || error_memory(err);
}

bool trace_send(const Settings *settings, const Story *story, const char *traceparent, Error *err)
{
    CLEANUP(free) char *body = NULL;
    TraceParent parent = {.sampled = true};
    Delivery delivery = {.url = settings->trace.otlp,
                         .headers = &settings->trace.headers,
                         .budget_ms = settings->trace.timeout_ms,
                         .tries = TRIES};

    if (story->count == 0)
        return true;
    if (!trace_parse_parent(traceparent, &parent) &&
        !id_of(story, "trace", sizeof parent.trace, parent.trace, err))
        return false;
    if (!parent.sampled)
        return true;
    if (!trace_body(story, &parent, &body, err))
        return false;
    delivery.body = body;
    return delivery_post(&delivery, err);
}
