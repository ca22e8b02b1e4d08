/* output: the only place that prints. Results go to stdout, progress and errors to stderr.
 *
 * live   a terminal: one line per stage, redrawn in place, with progress bar and duration
 * plain  a pipe, CI, --plain: a line per event, with the time
 *        In GitHub Actions and Azure Pipelines a stage is a group that folds, and a warning or an
 *        error stands on the page of the run too
 * json   --json: JSON lines on stdout, nothing else there; a command that shows something prints
 * one document
 *
 * What comes from outside (log lines, answers, names in archives) is made printable first. */
#ifndef GODEPLOY_CLI_OUTPUT_H
#define GODEPLOY_CLI_OUTPUT_H

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/options.h"
#include "deploy/progress.h"

typedef struct Output Output;

typedef enum OutputStyle { OUTPUT_LIVE, OUTPUT_PLAIN, OUTPUT_JSON } OutputStyle;

/* Who reads the log, and takes some of its lines for commands. */
typedef enum CiService { CI_NONE, CI_GITHUB, CI_AZURE } CiService;

/* Where bytes go; the real one writes to stdout and stderr, a test's keeps them. */
typedef struct OutputSink {
    bool (*write)(void *context, int stream, const char *bytes, size_t length,
                  Error *err); /* stream 1 or 2 */
    void *context;
} OutputSink;

typedef struct OutputSetup {
    OutputStyle style;
    bool color;
    bool quiet; /* results and errors only */
    bool verbose;
    bool utf8;     /* marks beyond ASCII */
    bool terminal; /* stdout is one */
    CiService ci;
    int width; /* of the terminal; 0: asked anew for each line of progress, and each table */
    OutputSink sink;
} OutputSetup;

/* Decides by options, terminal, NO_COLOR, CLICOLOR_FORCE, CI and TERM. */
OutputSetup output_setup_for(const Options *options);
bool output_new(const OutputSetup *setup, Output **out, Error *err);
void output_free(Output *output); /* leaves the terminal as it was; accepts NULL */
OutputStyle output_style(const Output *output);

/* For deployments: hand it to the pipeline. Lives as long as `output`. */
const Observer *output_observer(Output *output);

/* Progress of other work, on stderr: plain words, one line. */
void output_note(Output *output, const char *format, ...) PRINTF_LIKE(2, 3);

/* A result, on stdout. output_text() takes whole lines as they are (help, a log); output_line()
 * one. */
void output_text(Output *output, const char *words);
void output_line(Output *output, const char *format, ...) PRINTF_LIKE(2, 3);
void output_json(Output *output, const Json *document); /* one document; pretty on a terminal */
void output_json_line(Output *output, const Json *event);
/* One array whose items come one after the other, where all of them at once would be too many:
 * `index` counts from 0; at the end `index` is their number and `item` NULL. */
void output_json_item(Output *output, size_t index, const Json *item);

/* Aligned columns for people. Cells are copied. */
typedef struct Table Table;
Table *output_table_new(const char *const *headings, size_t columns); /* NULL if out of memory */
void output_table_row(Table *table, const char *const *cells);        /* `columns` many */
void output_table_print(Output *output,
                        Table *table); /* on stdout; a table without rows prints nothing */
void output_table_free(Table *table);

/* "error: WHAT", "  serves: ...", "  try: ..." on stderr; with --json an event on stdout instead.
 */
void output_error(Output *output, const Error *err);

/* Whether all results could be written. If not, it says so on stderr, with --json too, and why is
 * the first trouble: a script must not take half a document for the whole. */
bool output_is_whole(Output *output, Error *err);

#endif
