/* mdoc: text for manual pages, in the language of mdoc(7), which groff and mandoc read.
 *
 * What is appended here is text of our own tables, not of the outside. */
#ifndef GODEPLOY_CLI_MDOC_H
#define GODEPLOY_CLI_MDOC_H

#include "base/text.h"

/* Appends text as paragraphs: blank lines part them, and one that begins with a blank is an
 * example, shown as it is. `words` between backticks are set in bold. Each sentence gets a line of
 * its own, as mdoc wants it. */
void mdoc_paragraphs(Text *out, const char *text);

/* Appends one line with what is special to troff written out, and nothing broken. */
void mdoc_line(Text *out, const char *text);

/* Appends one argument of a macro: no word in it is taken for another macro. */
void mdoc_argument(Text *out, const char *text);

/* The first lines: .Dd, .Dt, .Os, and section NAME. `section` is 1 or 5. */
void mdoc_begin(Text *out, const char *name, int section, const char *what);

#endif
