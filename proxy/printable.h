/* printable: text from outside (an answer's body, a program's output) made fit for one line of a
 * terminal: it cannot move the cursor, hide what follows or break the line. */
#ifndef GODEPLOY_PROXY_PRINTABLE_H
#define GODEPLOY_PROXY_PRINTABLE_H

#include <stddef.h>

/* Appends `bytes` to the text in `out`, which has room for `size`. Blanks and line breaks in a row
 * become one blank, what text_printable() (base/text.h) refuses becomes '?', the end is cut. */
void printable_append(char *out, size_t size, const char *bytes, size_t length);

#endif
