/* See output.h. The renderings are in output_live.c, output_plain.c and output_json.c. */
#include "cli/output_ci.h"
#include "cli/output_render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_LINE = 8192 };

static void notice(void *context, const Event *event)
{
    Output *output = context;

    switch (output->setup.style) {
    case OUTPUT_LIVE:
        output_live_event(output, event);
        break;
    case OUTPUT_PLAIN:
        output_plain_event(output, event);
        break;
    case OUTPUT_JSON:
        output_json_event(output, event);
        break;
    }
}

bool output_new(const OutputSetup *setup, Output **out, Error *err)
{
    Output *output = calloc(1, sizeof *output);

    if (!output)
        return error_memory(err);
    output->setup = *setup;
    output->observer = (Observer){notice, output};
    *out = output;
    return true;
}

void output_free(Output *output)
{
    if (!output)
        return;
    output_live_erase(output);
    text_free(&output->active);
    free(output);
}

OutputStyle output_style(const Output *output)
{
    return output->setup.style;
}

const Observer *output_observer(Output *output)
{
    return &output->observer;
}

static void write_raw(Output *output, int stream, const char *bytes, size_t length)
{
    OutputSink sink = output->setup.sink;
    Error why = {0}; /* of stderr: there is nowhere left to tell it */

    if (length > 0 && !sink.write(sink.context, stream, bytes, length, &why) && stream == STDOUT &&
        output->lost.code == ERR_NONE)
        output->lost = why;
}

void output_write(Output *output, int stream, const char *bytes, size_t length)
{
    CLEANUP_TEXT Text harmless = {0};

    if (output->setup.ci == CI_NONE) {
        write_raw(output, stream, bytes, length);
        return;
    }
    output_ci_append_harmless(&harmless, bytes, length, output->setup.style == OUTPUT_JSON);
    write_raw(output, stream, text_chars(&harmless), harmless.length);
}

void output_write_command(Output *output, const Text *lines)
{
    write_raw(output, STDERR, text_chars(lines), lines->length);
}

/* Both streams may be one terminal. */
static void write_between(Output *output, int stream, const Text *text)
{
    output_live_erase(output);
    output_write(output, stream, text_chars(text), text->length);
    output_live_draw(output);
}

void output_write_stderr(Output *output, const Text *text)
{
    write_between(output, STDERR, text);
}

void output_append_first_line(Text *out, const char *text)
{
    CLEANUP(free) char *line = text_copy_bytes(text, strcspn(text, "\n"));

    output_append_printable(out, line ? line : "", LINES_JOINED);
}

void output_append_progress(Text *out, const Event *event)
{
    char done[TEXT_QUANTITY_SIZE], total[TEXT_QUANTITY_SIZE];
    const char *noun = "";

    switch (event->unit) {
    case UNIT_BYTES:
        (void)text_size(event->done, done);
        (void)text_size(event->total, total);
        break;
    case UNIT_MILLISECONDS:
        (void)text_duration((int64_t)event->done, done);
        (void)text_duration((int64_t)event->total, total);
        break;
    case UNIT_PASSES:
    case UNIT_CONNECTIONS:
        (void)snprintf(done, sizeof done, "%" PRIu64, event->done);
        (void)snprintf(total, sizeof total, "%" PRIu64, event->total);
        noun = event->unit == UNIT_PASSES ? " passes" : " connections";
        break;
    }
    text_append(out, done);
    if (event->total > 0)
        text_appendf(out, " of %s", total);
    text_append(out, noun);
}

void output_note(Output *output, const char *format, ...)
{
    CLEANUP_TEXT Text text = {0};
    char line[LONGEST_LINE];
    va_list arguments;

    if (output->setup.quiet)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments); /* longer lines are of no use */
    va_end(arguments);
    output_append_printable(&text, line, LINES_KEPT);
    text_append(&text, "\n");
    output_write_stderr(output, &text);
}

void output_text(Output *output, const char *words)
{
    CLEANUP_TEXT Text text = {0};

    if (output->setup.style == OUTPUT_JSON) {
        output_json_text(output, words);
        return;
    }
    output_append_printable(&text, words, LINES_KEPT);
    if (text.length > 0 && text.bytes[text.length - 1] != '\n')
        text_append(&text, "\n");
    write_between(output, STDOUT, &text);
}

void output_line(Output *output, const char *format, ...)
{
    char line[LONGEST_LINE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments); /* longer lines are of no use */
    va_end(arguments);
    output_text(output, line[0] != '\0' ? line : "\n");
}

static void append_paragraph(Text *text, const char *heading, const char *words)
{
    CLEANUP_TEXT Text printable = {0};
    const char *at = NULL;

    output_append_printable(&printable, words, LINES_KEPT);
    text_append(text, heading);
    for (at = text_chars(&printable); *at;) {
        size_t length = strcspn(at, "\n");

        text_append_bytes(text, at, length);
        text_append(text, "\n");
        at += length + (at[length] == '\n');
        if (*at)
            text_append(text, "       "); /* below the words behind "error: " */
    }
}

static const char *words_of(const Error *err)
{
    return err->message[0] != '\0' ? err->message : error_code_words(err->code);
}

/* On the page of the run nobody sees the lines around it. */
static void annotate_error(Output *output, const Error *err)
{
    CLEANUP_TEXT Text words = {0}, line = {0};

    output_append_printable(&words, words_of(err), LINES_KEPT);
    if (err->serves[0] != '\0')
        text_appendf(&words, "\nserves: %s", err->serves);
    if (err->hint[0] != '\0')
        text_appendf(&words, "\ntry: %s", err->hint);
    if (output->group_is_open)
        output_ci_end_group(&line, output->setup.ci);
    output->group_is_open = false;
    output_ci_annotate(&line, output->setup.ci, CI_ERROR, text_chars(&words));
    output_write_command(output, &line);
}

void output_error(Output *output, const Error *err)
{
    CLEANUP_TEXT Text text = {0};
    bool color = output->setup.color;

    if (err->code == ERR_NONE)
        return;
    if (output->setup.style == OUTPUT_JSON) {
        output_json_error(output, err);
        return;
    }
    append_paragraph(&text, color ? "\x1b[1;31merror:\x1b[0m " : "error: ", words_of(err));
    if (err->serves[0] != '\0')
        append_paragraph(&text, "  serves: ", err->serves);
    if (err->hint[0] != '\0')
        append_paragraph(&text, "  try: ", err->hint);
    output_write_stderr(output, &text);
    annotate_error(output, err);
}

bool output_is_whole(Output *output, Error *err)
{
    CLEANUP_TEXT Text text = {0};

    if (output->lost.code == ERR_NONE)
        return true;
    *err = output->lost;
    (void)error_while(err, "the result was lost");
    append_paragraph(&text, "error: ", words_of(err));
    output_write_stderr(output, &text);
    return false;
}
