/* Events and results as JSON lines on stdout; see output.h and design.md section 10. */
#include "base/clock.h"
#include "cli/output_render.h"

static void put_time(Json *object, int64_t wall_ms)
{
    char time[CLOCK_ISO_SIZE];

    (void)json_put_text(object, "time", clock_format_iso(wall_ms, time));
}

void output_json_line(Output *output, const Json *event)
{
    CLEANUP_TEXT Text text = {0};
    CLEANUP(free) char *line = json_line(event);

    text_append(&text, line ? line : "{\"event\":\"error\",\"code\":\"ERR_MEMORY\",\"exit\":1}");
    text_append(&text, "\n");
    output_live_erase(output);
    output_write(output, STDOUT, text_chars(&text), text.length);
    output_live_draw(output);
}

void output_json(Output *output, const Json *document)
{
    CLEANUP_TEXT Text text = {0};
    CLEANUP(free) char *pretty = output->setup.terminal ? json_pretty(document) : NULL;

    if (!pretty) {
        output_json_line(output, document);
        return;
    }
    text_append(&text, pretty);
    text_append(&text, "\n");
    output_live_erase(output);
    output_write(output, STDOUT, text_chars(&text), text.length);
    output_live_draw(output);
}

void output_json_item(Output *output, size_t index, const Json *item)
{
    CLEANUP(free) char *line = item ? json_line(item) : NULL;
    CLEANUP_TEXT Text text = {0};

    if (index == 0)
        text_append(&text, "[");
    else if (item)
        text_append(&text, ",");
    if (item)
        text_append(&text, line ? line : "null");
    else
        text_append(&text, "]\n");
    output_write(output, STDOUT, text_chars(&text), text.length);
}

static void put_error(Json *object, const Error *err)
{
    (void)json_put_text(object, "code", error_code_name(err->code));
    (void)json_put_integer(object, "exit", error_exit_status(err->code));
    (void)json_put_text(object, "message", err->message);
    (void)json_put_text(object, "hint", err->hint[0] != '\0' ? err->hint : NULL);
    (void)json_put_text(object, "serves", err->serves[0] != '\0' ? err->serves : NULL);
}

void output_json_error(Output *output, const Error *err)
{
    CLEANUP(json_free) Json *line = json_new_object();

    put_time(line, clock_wall_ms());
    (void)json_put_text(line, "event", "error");
    put_error(line, err);
    output_json_line(output, line);
}

void output_json_text(Output *output, const char *text)
{
    CLEANUP(json_free) Json *line = json_new_object();

    (void)json_put_text(line, "event", "text");
    (void)json_put_text(line, "text", text);
    output_json_line(output, line);
}

static const char *unit_name(ProgressUnit unit)
{
    switch (unit) {
    case UNIT_BYTES:
        return "bytes";
    case UNIT_PASSES:
        return "passes";
    case UNIT_MILLISECONDS:
        return "milliseconds";
    case UNIT_CONNECTIONS:
        return "connections";
    }
    return "?";
}

static void put_progress(Json *line, const Event *event)
{
    (void)json_put_integer(line, "done", (int64_t)event->done);
    if (event->total > 0)
        (void)json_put_integer(line, "total", (int64_t)event->total);
    (void)json_put_text(line, "unit", unit_name(event->unit));
}

static bool has_ended(EventKind kind)
{
    return kind == EVENT_STAGE_DONE || kind == EVENT_STAGE_FAILED || kind == EVENT_STAGE_WAITS ||
           kind == EVENT_UNDO_DONE || kind == EVENT_DEPLOYMENT_DONE ||
           kind == EVENT_DEPLOYMENT_FAILED || kind == EVENT_DEPLOYMENT_ABORTED;
}

void output_json_event(Output *output, const Event *event)
{
    CLEANUP(json_free) Json *line = NULL;

    if (output->setup.quiet && event->kind == EVENT_STAGE_PROGRESS)
        return;
    line = json_new_object();
    put_time(line, event->wall_ms);
    (void)json_put_text(line, "app", event->app);
    (void)json_put_text(line, "deployment", event->deployment);
    (void)json_put_text(line, "stage", event->stage);
    (void)json_put_text(line, "event", event_kind_name(event->kind));
    if (has_ended(event->kind))
        (void)json_put_integer(line, "ms", event->took_ms);
    if (event->kind == EVENT_STAGE_PROGRESS)
        put_progress(line, event);
    if (event->text)
        (void)json_put_text(line, "text", event->text);
    if (event->detail)
        (void)json_put(line, "detail", json_copy_of(event->detail));
    if (event->error)
        put_error(line, event->error);
    output_json_line(output, line);
}
