/* output_render: what the renderings share. Internal to output*.c. */
#ifndef GODEPLOY_CLI_OUTPUT_RENDER_H
#define GODEPLOY_CLI_OUTPUT_RENDER_H

#include "cli/output.h"
#include "cli/output_text.h"

enum { STDOUT = 1, STDERR = 2 };

struct Output {
    OutputSetup setup;
    Observer observer;
    int64_t told_ms;    /* plain: when progress was last told */
    bool group_is_open; /* plain: of a CI service */
    Text active;        /* live: the line that is redrawn; empty: none */
    int64_t began_ms;   /* live: when its stage began */
    unsigned frame;     /* live: of the spinner */
    bool active_is_drawn;
    Error lost; /* why a result could not be written; ERR_NONE: all were */
};

/* Whole lines, none of which a CI service takes for a command. */
void output_write(Output *output, int stream, const char *bytes, size_t length);
/* The same for lines that it shall obey, on stderr as the progress that they stand in. */
void output_write_command(Output *output, const Text *lines);
/* A line of progress or an error on stderr: never in the middle of the live line. */
void output_write_stderr(Output *output, const Text *text);

/* "12.0 MiB of 20.0 MiB", "2 of 3 passes". */
void output_append_progress(Text *out, const Event *event);
/* The first line of it, printable. */
void output_append_first_line(Text *out, const char *text);

void output_live_event(Output *output, const Event *event);
void output_live_erase(Output *output); /* before anything else is written */
void output_live_draw(Output *output);  /* after it */
void output_plain_event(Output *output, const Event *event);
void output_json_event(Output *output, const Event *event);
void output_json_error(Output *output, const Error *err);
void output_json_text(Output *output, const char *text);

#endif
