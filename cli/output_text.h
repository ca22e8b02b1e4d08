/* output_text: text from anywhere, made fit for a line of a terminal. Internal to output*.c. */
#ifndef GODEPLOY_CLI_OUTPUT_TEXT_H
#define GODEPLOY_CLI_OUTPUT_TEXT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum LineEnds { LINES_JOINED, LINES_KEPT } LineEnds;

/* Appends `text` with what could move the cursor or hide something written out as \x1b; color
 * sequences are dropped. Line ends and tabs become blanks, or are kept. */
void output_append_printable(Text *out, const char *text, LineEnds ends);

/* Columns that printable text takes; wide characters take two. */
int output_columns(const char *text);

/* Appends what fits into `most` columns, with "..." where something was cut off; returns the
 * columns. */
int output_append_cut(Text *out, const char *text, int most);

/* Appends words with line breaks so that they stand between `indent` and `width`, and ends the
 * line; the cursor is at `column`. A word that fits nowhere stands alone. */
void output_append_wrapped(Text *out, const char *words, int indent, int column, int width);

#endif
