/* See page.h. The policy in the head forbids scripts and every request, should anything ever slip
 * through the escaping: https://www.w3.org/TR/CSP3/ */
#include "deploy/report/page.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

/* The timeline, in units of its own. */
enum { CHART_WIDTH = 1000, BAR_HEIGHT = 18, ROW_HEIGHT = 26, LABEL_WIDTH = 90, LEAST_BAR = 3 };
enum { DEEPEST = 8 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; --ok: #2e7d32; --bad: #c62828; --dim: #757575; }\n"
    "body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; "
    "padding: 0 1rem; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { text-align: left; vertical-align: top; padding: .2rem .9rem .2rem 0; "
    "overflow-wrap: anywhere; }\n"
    "th { font-weight: 600; white-space: nowrap; }\n"
    "pre { white-space: pre-wrap; overflow-wrap: anywhere; }\n"
    "svg { width: 100%; height: auto; }\n"
    "svg text { font: 13px system-ui, sans-serif; fill: currentColor; }\n"
    "rect { fill: var(--dim); }\n"
    ".done { color: var(--ok); } rect.done { fill: var(--ok); }\n"
    ".failed { color: var(--bad); } rect.failed { fill: var(--bad); }\n"
    "details { margin: .4rem 0; }\n"
    "p { white-space: pre-line; overflow-wrap: anywhere; }\n"
    "h2, h3 { break-after: avoid; } tr, svg { break-inside: avoid; }\n"
    "@media screen and (prefers-color-scheme: dark) {\n"
    ":root { --ok: #81c784; --bad: #ef9a9a; --dim: #bdbdbd; } }\n"
    "</style>\n";

/* Everything that did not come from this file goes through here. */
static void append_escaped(Text *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
            text_appendf(out, "&#%d;", c);
        else if ((c < ' ' && c != '\n') || c == 0x7F)
            text_append(out, " ");
        else
            text_append_bytes(out, text, 1);
    }
}

static void append_tagged(Text *out, const char *tag, const char *text)
{
    text_appendf(out, "<%s>", tag);
    append_escaped(out, text);
    text_appendf(out, "</%s>", tag);
}

static const char *text_of(const Json *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text ? text : "";
}

/* ---- any JSON ---- */

static void append_value(Text *out, const Json *value, int depth);

static void append_object(Text *out, const Json *object, int depth)
{
    text_append(out, "<table>\n");
    for (size_t i = 0; i < json_count(object); i++) {
        text_append(out, "<tr>");
        append_tagged(out, "th", json_key(object, i));
        text_append(out, "<td>");
        append_value(out, json_get(object, json_key(object, i)), depth + 1);
        text_append(out, "</td></tr>\n");
    }
    text_append(out, "</table>\n");
}

static void append_array(Text *out, const Json *array, int depth)
{
    for (size_t i = 0; i < json_count(array); i++) {
        text_append(out, "<div>");
        append_value(out, json_item(array, i), depth + 1);
        text_append(out, "</div>\n");
    }
}

static void append_value(Text *out, const Json *value, int depth)
{
    JsonKind kind = json_kind(value);

    if (kind == JSON_KIND_TEXT)
        append_escaped(out, json_as_text(value));
    else if (kind == JSON_KIND_OBJECT && depth < DEEPEST)
        append_object(out, value, depth);
    else if (kind == JSON_KIND_ARRAY && depth < DEEPEST)
        append_array(out, value, depth);
    else if (kind != JSON_KIND_NULL) {
        CLEANUP(free) char *line = json_line(value);

        append_escaped(out, line ? line : "?");
    }
}

/* ---- the parts of the page ---- */

static void append_heading(Text *out, const char *app, const Json *deployment)
{
    CLEANUP_TEXT Text title = {0};
    const char *from = text_of(deployment, "from");

    text_appendf(&title, "%s: %s %s%s%s", app, text_of(deployment, "kind"), from,
                 from[0] != '\0' ? " → " : "", text_of(deployment, "version"));
    append_tagged(out, "title", text_chars(&title));
    text_append(out, "\n</head>\n<body>\n");
    append_tagged(out, "h1", text_chars(&title));
    text_append(out, "\n<p class=\"");
    append_escaped(out, text_of(deployment, "state"));
    text_append(out, "\"><strong>");
    append_escaped(out, text_of(deployment, "state"));
    text_append(out, "</strong> ");
    append_escaped(out, text_of(deployment, "message"));
    text_append(out, "</p>\n");
}

static void append_facts(Text *out, const Json *deployment)
{
    text_append(out, "<table>\n");
    for (size_t i = 0; i < json_count(deployment); i++) {
        const char *key = json_key(deployment, i);
        const Json *value = json_get(deployment, key);
        JsonKind kind = json_kind(value);

        if (kind == JSON_KIND_ARRAY || kind == JSON_KIND_OBJECT || kind == JSON_KIND_NULL ||
            text_equal(key, "message")) /* stands above */
            continue;
        text_append(out, "<tr>");
        append_tagged(out, "th", key);
        text_append(out, "<td>");
        append_value(out, value, 0);
        text_append(out, "</td></tr>\n");
    }
    text_append(out, "</table>\n");
}

typedef struct Span {
    int64_t from_ms, to_ms;
} Span;

/* What has not run takes no time. */
static Span span_of(const Json *step)
{
    Span span = {0};
    int64_t took_ms = json_get_integer(step, "ms", 0);

    (void)clock_parse_iso(text_of(step, "started"), &span.from_ms);
    span.to_ms = span.from_ms + (took_ms > 0 ? took_ms : 0);
    return span;
}

static Span span_of_all(const Json *steps)
{
    Span all = span_of(json_item(steps, 0));

    for (size_t i = 1; i < json_count(steps); i++) {
        Span one = span_of(json_item(steps, i));

        all.from_ms = one.from_ms < all.from_ms ? one.from_ms : all.from_ms;
        all.to_ms = one.to_ms > all.to_ms ? one.to_ms : all.to_ms;
    }
    return all;
}

static void append_bar(Text *out, const Json *step, Span all, int64_t top)
{
    const int64_t room = CHART_WIDTH - 2 * LABEL_WIDTH;
    Span span = span_of(step);
    int64_t whole_ms = all.to_ms > all.from_ms ? all.to_ms - all.from_ms : 1;
    int64_t left = LABEL_WIDTH + (span.from_ms - all.from_ms) * room / whole_ms;
    int64_t width = (span.to_ms - span.from_ms) * room / whole_ms;
    char took[TEXT_QUANTITY_SIZE];

    width = width > LEAST_BAR ? width : LEAST_BAR;
    text_appendf(out, "<text x=\"0\" y=\"%" PRId64 "\">", top + 14);
    append_escaped(out, text_of(step, "stage"));
    text_append(out, "</text><rect class=\"");
    append_escaped(out, text_of(step, "state"));
    text_appendf(out,
                 "\" x=\"%" PRId64 "\" y=\"%" PRId64 "\" width=\"%" PRId64 "\" height=\"%d\"/>",
                 left, top, width, BAR_HEIGHT);
    text_appendf(out, "<text x=\"%" PRId64 "\" y=\"%" PRId64 "\">%s</text>\n", left + width + 6,
                 top + 14, text_duration(span.to_ms - span.from_ms, took));
}

static void append_timeline(Text *out, const Json *steps)
{
    size_t count = json_count(steps);
    Span all = {0};

    if (count == 0)
        return;
    all = span_of_all(steps);
    text_appendf(out, "<h2>Timeline</h2>\n<svg viewBox=\"0 0 %d %zu\" role=\"img\">\n", CHART_WIDTH,
                 count * ROW_HEIGHT);
    for (size_t i = 0; i < count; i++)
        append_bar(out, json_item(steps, i), all, (int64_t)i * ROW_HEIGHT);
    text_append(out, "</svg>\n");
}

static void append_step(Text *out, const Json *step)
{
    const Json *detail = json_get(step, "detail");

    text_append(out, "<h3>");
    append_escaped(out, text_of(step, "stage"));
    text_append(out, " <span class=\"");
    append_escaped(out, text_of(step, "state"));
    text_append(out, "\">");
    append_escaped(out, text_of(step, "state"));
    text_append(out, "</span></h3>\n");
    append_tagged(out, "p", text_of(step, "text"));
    if (json_count(detail) == 0)
        return;
    text_append(out, "\n<details open><summary>what was found</summary>\n");
    append_value(out, detail, 0);
    text_append(out, "</details>\n");
}

static void append_events(Text *out, const Json *events)
{
    static const char *const keys[] = {"time", "stage", "kind", "text"};

    if (json_count(events) == 0)
        return;
    text_append(out, "<h2>Notes</h2>\n<table>\n");
    for (size_t i = 0; i < json_count(events); i++) {
        text_append(out, "<tr>");
        for (size_t key = 0; key < sizeof keys / sizeof keys[0]; key++)
            append_tagged(out, "td", text_of(json_item(events, i), keys[key]));
        text_append(out, "</tr>\n");
    }
    text_append(out, "</table>\n");
}

void page_format(const char *app, const Json *deployment, Text *out)
{
    const Json *steps = json_get(deployment, "steps");
    CLEANUP(free) char *pretty = json_pretty(deployment);

    text_append(out, head);
    append_heading(out, app, deployment);
    append_facts(out, deployment);
    append_timeline(out, steps);
    text_append(out, "<h2>Stages</h2>\n");
    for (size_t i = 0; i < json_count(steps); i++)
        append_step(out, json_item(steps, i));
    append_events(out, json_get(deployment, "events"));
    text_append(out, "<details><summary>JSON</summary>\n<pre>");
    append_escaped(out, pretty ? pretty : "");
    text_append(out, "</pre></details>\n</body>\n</html>\n");
}
