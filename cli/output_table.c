/* Aligned columns; see output.h. With --json an array of objects, a heading being a key. */
#include "cli/output_render.h"

#include <stdio.h>
#include <string.h>

enum { BETWEEN_COLUMNS = 2 };

struct Table {
    size_t columns;
    TextList cells; /* row by row; the headings come first */
    bool failed;    /* out of memory: printed as far as it went */
};

void output_table_row(Table *table, const char *const *cells)
{
    Error err = {0};

    for (size_t i = 0; table && !table->failed && i < table->columns; i++) {
        CLEANUP_TEXT Text cell = {0};

        output_append_printable(&cell, cells[i] ? cells[i] : "", LINES_JOINED);
        table->failed = !text_list_add(&table->cells, text_chars(&cell), &err);
    }
}

Table *output_table_new(const char *const *headings, size_t columns)
{
    Table *table = calloc(1, sizeof *table);

    if (!table)
        return NULL;
    table->columns = columns;
    output_table_row(table, headings);
    return table;
}

void output_table_free(Table *table)
{
    if (!table)
        return;
    text_list_free(&table->cells);
    free(table);
}

static const char *cell_at(const Table *table, size_t row, size_t column)
{
    return table->cells.items[row * table->columns + column];
}

static int column_width(const Table *table, size_t rows, size_t column)
{
    int widest = 0;

    for (size_t row = 0; row < rows; row++) {
        int columns = output_columns(cell_at(table, row, column));

        widest = columns > widest ? columns : widest;
    }
    return widest;
}

static void append_row(Text *text, const Table *table, const int *widths, size_t row)
{
    int owed = 0; /* blanks that are only written if something follows */

    for (size_t column = 0; column < table->columns; column++) {
        const char *cell = cell_at(table, row, column);

        if (cell[0] != '\0') {
            text_appendf(text, "%*s%s", owed, "", cell);
            owed = 0;
        }
        owed += widths[column] - output_columns(cell) + BETWEEN_COLUMNS;
    }
    text_append(text, "\n");
}

static void append_rows(Text *text, const Table *table, size_t rows)
{
    CLEANUP(free) int *widths = calloc(table->columns, sizeof *widths);

    for (size_t column = 0; widths && column < table->columns; column++)
        widths[column] = column_width(table, rows, column);
    for (size_t row = 0; widths && row < rows; row++)
        append_row(text, table, widths, row);
}

static void print_json(Output *output, const Table *table, size_t rows)
{
    CLEANUP(json_free) Json *array = json_new_array();

    for (size_t row = 1; row < rows; row++) {
        Json *object = json_new_object();

        for (size_t column = 0; column < table->columns; column++)
            (void)json_put_text(object, cell_at(table, 0, column), cell_at(table, row, column));
        (void)json_push(array, object); /* json_line() of a broken array is NULL */
    }
    output_json(output, array);
}

void output_table_print(Output *output, Table *table)
{
    CLEANUP_TEXT Text text = {0};
    size_t rows = table && table->columns > 0 ? table->cells.count / table->columns : 0;

    if (output->setup.style == OUTPUT_JSON) {
        print_json(output, table, rows);
        return;
    }
    if (rows < 2) /* headings alone */
        return;
    append_rows(&text, table, rows);
    output_live_erase(output);
    output_write(output, STDOUT, text_chars(&text), text.length);
    output_live_draw(output);
}
