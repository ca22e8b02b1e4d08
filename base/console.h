/* console: what stands at the other end of the standard streams, and how it wants to be written to.
 */
#ifndef GODEPLOY_BASE_CONSOLE_H
#define GODEPLOY_BASE_CONSOLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* How the consoles behind stdout and stderr were set, so that they can be left like that. */
typedef struct ConsoleBefore {
    unsigned long mode[2];
    bool changed[2];
} ConsoleBefore;

/* Lets a Windows console understand escape sequences, where it can. A terminal does anyway. A
 * stream that was closed before we began stays one that fails: no file that is opened later takes
 * its place, and our results with it. */
void console_prepare(ConsoleBefore *before);
void console_restore(const ConsoleBefore *before);

bool console_is_terminal(int stream); /* 0 stdin, 1 stdout, 2 stderr */
int console_width(int stream);        /* columns; 80 if unknown */

/* What TERM says, or would say on Windows: "dumb" where escape sequences are not understood. NULL:
 * unknown. Borrowed from the environment. */
const char *console_kind(void);

/* The locale by which to decide whether marks beyond ASCII can be shown; NULL: unknown. Windows'
 * older console has no such marks in its fonts, Windows Terminal has. Borrowed. */
const char *console_locale(void);

/* UTF-8 `bytes` as text on a console, as they are to a file or pipe. A reader that has gone away is
 * no trouble of ours: what it does not read is not kept. Else what cannot be written is an error:
 * ERR_DISK_FULL, ERR_FILE. */
bool console_write(int stream, const char *bytes, size_t length, Error *err);

#endif
