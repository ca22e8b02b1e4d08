/* Events as lines with the time, for pipes and CI; see output.h. The time is local. */
#include "base/clock.h"
#include "cli/output_ci.h"
#include "cli/output_render.h"

#include <inttypes.h>
#include <string.h>

enum {
    BETWEEN_PROGRESS_MS = 10000
}; /* a log needs to know that it goes on, not how the bar grows */

static void append_time(Text *line, int64_t wall_ms)
{
    char local[CLOCK_ISO_SIZE];
    const char *time = strchr(clock_format_local(wall_ms, local), ' ');

    text_appendf(line, "%s.%03" PRId64 " ", time ? time + 1 : local, wall_ms % 1000);
}

static void append_words(Text *line, const char *before, const char *words)
{
    if (!words || words[0] == '\0')
        return;
    text_append(line, before);
    output_append_printable(line, words, LINES_JOINED);
}

static void append_took(Text *line, const char *before, const Event *event)
{
    char took[TEXT_QUANTITY_SIZE];

    text_appendf(line, "%s %s", before, text_duration(event->took_ms, took));
}

static void append_event(Text *line, const Event *event)
{
    const char *why = event->error ? event->error->message : NULL;

    switch (event->kind) {
    case EVENT_DEPLOYMENT_BEGIN:
        append_words(line, "", event->text);
        append_words(line, ", deployment ", event->deployment);
        break;
    case EVENT_STAGE_BEGIN:
        text_append(line, "started");
        break;
    case EVENT_STAGE_PROGRESS:
        output_append_progress(line, event);
        break;
    case EVENT_NOTE:
        append_words(line, "", event->text);
        break;
    case EVENT_WARNING:
        append_words(line, "warning: ", event->text);
        break;
    case EVENT_STAGE_DONE:
        append_took(line, "done in", event);
        append_words(line, ", ", event->text);
        break;
    case EVENT_STAGE_SKIPPED:
        text_append(line, "skipped");
        append_words(line, ": ", event->text);
        break;
    case EVENT_STAGE_WAITS:
        append_took(line, "waits after", event);
        append_words(line, ", ", event->text);
        break;
    case EVENT_STAGE_FAILED:
        append_took(line, "failed after", event);
        append_words(line, ": ", why);
        break;
    case EVENT_UNDO_BEGIN:
        text_append(line, "undoing");
        break;
    case EVENT_UNDO_DONE:
        append_took(line, why ? "undoing failed after" : "undone in", event);
        append_words(line, ": ", why);
        break;
    case EVENT_DEPLOYMENT_DONE:
        append_took(line, "finished in", event);
        append_words(line, ", ", event->text);
        break;
    case EVENT_DEPLOYMENT_ABORTED:
        append_took(line, "undone after", event);
        append_words(line, ", ", event->text);
        break;
    case EVENT_DEPLOYMENT_FAILED:
        append_took(line, "failed after", event);
        append_words(line, ": ", why);
        break;
    }
}

static bool is_told(Output *output, const Event *event)
{
    if (event->kind == EVENT_WARNING || (event->kind == EVENT_UNDO_DONE && event->error))
        return true;
    if (output->setup.quiet)
        return false;
    if (event->kind == EVENT_STAGE_BEGIN)
        output->told_ms = event->wall_ms;
    if (event->kind != EVENT_STAGE_PROGRESS || output->setup.verbose)
        return true;
    if (event->wall_ms - output->told_ms < BETWEEN_PROGRESS_MS)
        return false;
    output->told_ms = event->wall_ms;
    return true;
}

/* ---- in a CI service ---- */

static bool begins_group(EventKind kind)
{
    return kind == EVENT_STAGE_BEGIN || kind == EVENT_UNDO_BEGIN;
}

static bool ends_group(EventKind kind)
{
    return kind == EVENT_STAGE_DONE || kind == EVENT_STAGE_SKIPPED || kind == EVENT_STAGE_WAITS ||
           kind == EVENT_STAGE_FAILED || kind == EVENT_UNDO_DONE;
}

/* The group ends above the line that says how the stage went: that is seen without unfolding. */
static void write_group(Output *output, const Event *event)
{
    CLEANUP_TEXT Text line = {0}, title = {0};

    if (output->group_is_open && (begins_group(event->kind) || ends_group(event->kind))) {
        output_ci_end_group(&line, output->setup.ci);
        output->group_is_open = false;
    }
    if (begins_group(event->kind)) {
        text_appendf(&title, "%s%s", event->kind == EVENT_UNDO_BEGIN ? "undo " : "", event->stage);
        output_ci_begin_group(&line, output->setup.ci, text_chars(&title));
        output->group_is_open = true;
    }
    output_write_command(output, &line);
}

static void write_annotation(Output *output, const Event *event)
{
    const char *why = event->error ? event->error->message : event->text;
    CLEANUP_TEXT Text line = {0}, words = {0};

    if (event->kind != EVENT_WARNING && event->kind != EVENT_UNDO_DONE)
        return;
    if (event->kind == EVENT_UNDO_DONE && !event->error)
        return;
    text_appendf(&words, "%s: ", event->stage ? event->stage : event->app);
    output_append_printable(&words, why ? why : "", LINES_KEPT);
    output_ci_annotate(&line, output->setup.ci, CI_WARNING, text_chars(&words));
    output_write_command(output, &line);
}

void output_plain_event(Output *output, const Event *event)
{
    CLEANUP_TEXT Text line = {0};

    if (!is_told(output, event))
        return;
    write_group(output, event);
    append_time(&line, event->wall_ms);
    append_words(&line, "", event->stage ? event->stage : event->app);
    text_append(&line, ": ");
    append_event(&line, event);
    text_append(&line, "\n");
    output_write_stderr(output, &line);
    write_annotation(output, event);
}
