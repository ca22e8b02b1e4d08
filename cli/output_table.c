/* Aligned columns; see output.h. With --json an array of objects, a heading being a key.
 *
 * Cells stand one behind the other in one piece of memory: a table of ten thousand rows takes
 * little more than its text. */
#include "base/console.h"
#include "cli/output_render.h"

#include <stdio.h>
#include <string.h>

enum { BETWEEN_COLUMNS = 2, PIECE_BYTES = 64 * 1024 };
enum { LEAST_WRAPPED = 24 }; /* narrower, the terminal's own line ends are easier to read */

struct Table {
    size_t columns;
    size_t rows; /* whole ones; the headings are the first */
    Text cells;  /* row by row, each with a NUL behind it */
    int *widths; /* the widest cell of each column */
};

static void add_cell(Table *table, size_t column, const char *words)
{
    size_t at = table->cells.length;
    int width = 0;

    output_append_printable(&table->cells, words ? words : "", LINES_JOINED);
    text_append_bytes(&table->cells, "", 1);
    if (table->cells.failed)
        return;
    width = output_columns(table->cells.bytes + at);
    if (width > table->widths[column])
        table->widths[column] = width;
}

/* Out of memory: printed as far as it went. */
void output_table_row(Table *table, const char *const *cells)
{
    if (!table || table->cells.failed)
        return;
    for (size_t i = 0; i < table->columns; i++)
        add_cell(table, i, cells[i]);
    table->rows += table->cells.failed ? 0 : 1;
}

Table *output_table_new(const char *const *headings, size_t columns)
{
    Table *table = calloc(1, sizeof *table);

    if (!table)
        return NULL;
    table->columns = columns;
    table->widths = calloc(columns, sizeof *table->widths);
    if (!table->widths) {
        free(table);
        return NULL;
    }
    output_table_row(table, headings);
    return table;
}

void output_table_free(Table *table)
{
    if (!table)
        return;
    text_free(&table->cells);
    free(table->widths);
    free(table);
}

/* Steps over the cell that `at` is at. */
static const char *next_cell(const char **at)
{
    const char *cell = *at;

    *at += strlen(cell) + 1;
    return cell;
}

/* Sentences stand in the last column: on a terminal they stay there, over several lines. */
static void append_last(Text *text, const char *cell, int start, int width)
{
    if (start + output_columns(cell) > width && start + LEAST_WRAPPED <= width) {
        output_append_wrapped(text, cell, start, start, width);
        return;
    }
    text_append(text, cell);
    text_append(text, "\n");
}

/* `width` 0: no terminal. */
static void append_row(Text *text, const Table *table, int width, const char **at)
{
    int owed = 0; /* blanks that are only written if something follows */
    int start = 0;
    const char *last = NULL;

    for (size_t column = 0; column + 1 < table->columns; column++) {
        const char *cell = next_cell(at);

        if (cell[0] != '\0') {
            text_appendf(text, "%*s%s", owed, "", cell);
            owed = 0;
        }
        owed += table->widths[column] - output_columns(cell) + BETWEEN_COLUMNS;
        start += table->widths[column] + BETWEEN_COLUMNS;
    }
    last = next_cell(at);
    text_appendf(text, "%*s", last[0] != '\0' ? owed : 0, "");
    append_last(text, last, start, width);
}

static int width_of(const Output *output)
{
    if (!output->setup.terminal)
        return 0;
    return output->setup.width > 0 ? output->setup.width : console_width(STDOUT);
}

static void print_rows(Output *output, const Table *table)
{
    CLEANUP_TEXT Text text = {0};
    const char *at = text_chars(&table->cells);
    int width = width_of(output);

    for (size_t row = 0; row < table->rows; row++) {
        append_row(&text, table, width, &at);
        if (text.length < PIECE_BYTES)
            continue;
        output_write(output, STDOUT, text_chars(&text), text.length);
        text_clear(&text);
    }
    output_write(output, STDOUT, text_chars(&text), text.length);
}

static void print_json(Output *output, const Table *table)
{
    CLEANUP(json_free) Json *array = json_new_array();
    const char *at = table ? text_chars(&table->cells) : "";
    const char *headings = at;

    for (size_t column = 0; table && column < table->columns; column++)
        (void)next_cell(&at);
    for (size_t row = 1; table && row < table->rows; row++) {
        Json *object = json_new_object();
        const char *heading = headings;

        for (size_t column = 0; column < table->columns; column++) {
            const char *key = next_cell(&heading);

            (void)json_put_text(object, key, next_cell(&at));
        }
        (void)json_push(array, object); /* json_line() of a broken array is NULL */
    }
    output_json(output, array);
}

void output_table_print(Output *output, Table *table)
{
    if (output->setup.style == OUTPUT_JSON) {
        print_json(output, table);
        return;
    }
    if (!table || table->rows < 2) /* headings alone */
        return;
    output_live_erase(output);
    print_rows(output, table);
    output_live_draw(output);
}
