/* Events on a terminal; see output.h.
 *
 * Lines that are done stay; only the last one, of the stage that runs, is drawn again in place. So
 * nothing can be repeated on a terminal that is too low, and the cursor is never hidden: whatever
 * ends godeploy, the terminal is as it was. A line is cut to the width, for one that wraps could
 * not be taken back. */
#include "base/console.h"
#include "cli/output_render.h"

#include <string.h>

enum { NAME_COLUMNS = 9, BAR_COLUMNS = 20, ROOM_FOR_BAR = 60 };

#define PLAIN  ""
#define BOLD   "\x1b[1m"
#define DIM    "\x1b[2m"
#define RED    "\x1b[31m"
#define GREEN  "\x1b[32m"
#define YELLOW "\x1b[33m"
#define CYAN   "\x1b[36m"
#define RESET  "\x1b[0m"

typedef struct Mark {
    const char *utf8, *ascii, *color;
} Mark;

static const Mark mark_done = {"\u2713", "+", GREEN};
static const Mark mark_skipped = {"-", "-", DIM};
static const Mark mark_failed = {"\u2717", "x", RED};
static const Mark mark_undone = {"\u21a9", "<", YELLOW};
static const Mark mark_warning = {"!", "!", YELLOW};

/* A line under construction: what is written and the columns that are left. */
typedef struct Line {
    const Output *output;
    Text *text;
    int left;
} Line;

static int terminal_width(const Output *output)
{
    return output->setup.width > 0 ? output->setup.width : console_width(STDERR);
}

static Line begin_line(const Output *output, Text *text)
{
    return (Line){output, text, terminal_width(output) - 1}; /* the last column may wrap */
}

static void add(Line *line, const char *color, const char *words)
{
    bool colored = line->output->setup.color && color[0] != '\0' && words[0] != '\0';

    if (line->left <= 0)
        return;
    text_append(line->text, colored ? color : "");
    line->left -= output_append_cut(line->text, words, line->left);
    text_append(line->text, colored ? RESET : "");
}

/* Words from outside; `keep` columns stay free behind them. */
static void add_words(Line *line, const char *color, const char *words, int keep)
{
    CLEANUP_TEXT Text printable = {0};

    if (!words || line->left <= keep)
        return;
    output_append_first_line(&printable, words);
    line->left -= keep;
    add(line, color, text_chars(&printable));
    line->left += keep;
}

static void add_blanks(Line *line, int count)
{
    for (; count > 0 && line->left > 0; count--)
        add(line, PLAIN, " ");
}

static void add_mark(Line *line, const Mark *mark)
{
    add(line, PLAIN, "  ");
    add(line, mark->color, line->output->setup.utf8 ? mark->utf8 : mark->ascii);
    add(line, PLAIN, " ");
}

static void add_name(Line *line, const char *name)
{
    int before = line->left;

    add_words(line, PLAIN, name, 0);
    add_blanks(line, NAME_COLUMNS - (before - line->left));
}

/* At the right end of the line. */
static void add_right(Line *line, const char *words)
{
    int columns = output_columns(words);

    if (columns == 0 || line->left < columns + 1)
        return;
    add_blanks(line, line->left - columns);
    add(line, DIM, words);
}

void output_live_erase(Output *output)
{
    if (!output->active_is_drawn)
        return;
    output_write(output, STDERR, "\r\x1b[K", 4);
    output->active_is_drawn = false;
}

void output_live_draw(Output *output)
{
    CLEANUP_TEXT Text text = {0};

    if (output->active.length == 0)
        return;
    text_append(&text, "\r");
    text_append(&text, output->active.bytes);
    text_append(&text, "\x1b[K");
    output_write(output, STDERR, text_chars(&text), text.length);
    output->active_is_drawn = true;
}

/* The stage's line stays as `text`. */
static void finish_line(Output *output, Text *text)
{
    text_clear(&output->active);
    text_append(text, "\n");
    output_write_stderr(output, text);
}

static void end_stage(Output *output, const Event *event, const Mark *mark, const char *words)
{
    CLEANUP_TEXT Text text = {0};
    Line line = begin_line(output, &text);
    char took[TEXT_QUANTITY_SIZE] = "";

    if (event->kind != EVENT_STAGE_SKIPPED)
        (void)text_duration(event->took_ms, took);
    add_mark(&line, mark);
    add_name(&line, event->stage ? event->stage : "");
    add_words(&line, mark == &mark_failed ? RED : PLAIN, words, (int)strlen(took) + 2);
    add_right(&line, took);
    finish_line(output, &text);
}

static void add_run(Line *line, const char *color, const char *part, int count)
{
    CLEANUP_TEXT Text run = {0};

    for (int i = 0; i < count; i++)
        text_append(&run, part);
    add(line, color, text_chars(&run));
}

static void add_bar(Line *line, const Event *event)
{
    bool utf8 = line->output->setup.utf8;
    uint64_t done = event->done < event->total ? event->done : event->total;
    int full = 0;

    if (event->total == 0 || line->left < ROOM_FOR_BAR)
        return;
    full = (int)((double)done / (double)event->total * BAR_COLUMNS);
    add_run(line, CYAN, utf8 ? "\u2501" : "#", full);
    add_run(line, DIM, utf8 ? "\u2500" : ".", BAR_COLUMNS - full);
    add(line, PLAIN, "  ");
}

/* The line of the stage that runs; `words` or, where NULL, its progress. */
static void draw_active(Output *output, const Event *event, const char *words)
{
    static const char *const utf8[] = {"\u280b", "\u2819", "\u2839", "\u2838", "\u283c",
                                       "\u2834", "\u2826", "\u2827", "\u2807", "\u280f"};
    static const char *const ascii[] = {"|", "/", "-", "\\"};
    const Mark spinner = {utf8[output->frame % 10], ascii[output->frame % 4], CYAN};
    CLEANUP_TEXT Text progress = {0};
    char took[TEXT_QUANTITY_SIZE];
    Line line;

    output->frame++;
    text_clear(&output->active);
    line = begin_line(output, &output->active);
    (void)text_duration(event->wall_ms - output->began_ms, took);
    add_mark(&line, &spinner);
    add_name(&line, event->stage ? event->stage : "");
    if (!words) {
        add_bar(&line, event);
        output_append_progress(&progress, event);
    }
    add_words(&line, PLAIN, words ? words : text_chars(&progress), (int)strlen(took) + 2);
    add_right(&line, took);
    output_live_draw(output);
}

static void begin_stage(Output *output, const Event *event, const char *words)
{
    output->began_ms = event->wall_ms;
    draw_active(output, event, words);
}

/* A line of its own above the one that runs. */
static void tell(Output *output, const Mark *mark, const char *words)
{
    CLEANUP_TEXT Text text = {0};
    Line line = begin_line(output, &text);

    if (mark)
        add_mark(&line, mark);
    else
        add(&line, PLAIN, "    ");
    add_words(&line, mark ? mark->color : DIM, words, 0);
    text_append(&text, "\n");
    output_write_stderr(output, &text);
}

/* Ctrl-C is no failure of the release, which may well serve on. */
static const char *how_it_failed(const Event *event)
{
    bool interrupted = event->error && event->error->code == ERR_INTERRUPTED;

    return interrupted ? "the deployment was interrupted" : "the deployment failed";
}

static void tell_of_deployment(Output *output, const Event *event, const char *color)
{
    CLEANUP_TEXT Text text = {0};
    Line line = begin_line(output, &text);
    char took[TEXT_QUANTITY_SIZE];

    add_words(&line, PLAIN, event->app, 0);
    add(&line, PLAIN, ": ");
    if (event->kind == EVENT_DEPLOYMENT_FAILED)
        add(&line, color, how_it_failed(event));
    else
        add_words(&line, color, event->text, TEXT_QUANTITY_SIZE / 2);
    if (event->kind != EVENT_DEPLOYMENT_BEGIN)
        add_right(&line, text_duration(event->took_ms, took));
    finish_line(output, &text);
}

static void end_undo(Output *output, const Event *event)
{
    CLEANUP_TEXT Text words = {0};

    text_append(&words, event->error ? "not undone: " : "undone");
    if (event->error)
        output_append_first_line(&words, event->error->message);
    end_stage(output, event, event->error ? &mark_failed : &mark_undone, text_chars(&words));
}

/* Quiet: only what wants looking at. */
static bool is_hidden(const Output *output, const Event *event)
{
    return output->setup.quiet && event->kind != EVENT_WARNING &&
           !(event->kind == EVENT_UNDO_DONE && event->error);
}

void output_live_event(Output *output, const Event *event)
{
    if (is_hidden(output, event))
        return;
    switch (event->kind) {
    case EVENT_DEPLOYMENT_BEGIN:
        tell_of_deployment(output, event, BOLD);
        break;
    case EVENT_STAGE_BEGIN:
        begin_stage(output, event, "");
        break;
    case EVENT_STAGE_PROGRESS:
        draw_active(output, event, NULL);
        break;
    case EVENT_NOTE:
        tell(output, NULL, event->text);
        break;
    case EVENT_WARNING:
        tell(output, &mark_warning, event->text);
        break;
    case EVENT_STAGE_DONE:
        end_stage(output, event, &mark_done, event->text);
        break;
    case EVENT_STAGE_SKIPPED:
    case EVENT_STAGE_WAITS:
        end_stage(output, event, &mark_skipped, event->text);
        break;
    case EVENT_STAGE_FAILED:
        end_stage(output, event, &mark_failed, event->error ? event->error->message : event->text);
        break;
    case EVENT_UNDO_BEGIN:
        begin_stage(output, event, "undoing");
        break;
    case EVENT_UNDO_DONE:
        end_undo(output, event);
        break;
    case EVENT_DEPLOYMENT_DONE:
        tell_of_deployment(output, event, GREEN);
        break;
    case EVENT_DEPLOYMENT_ABORTED:
        tell_of_deployment(output, event, PLAIN);
        break;
    case EVENT_DEPLOYMENT_FAILED:
        tell_of_deployment(output, event, RED);
        break;
    }
}
