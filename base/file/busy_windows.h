/* busy: a file that somebody else holds. Inner part of file_system_windows.c and folder_windows.c.
 *
 * Scanners and the indexer look at what is new, without letting others delete it, for under a
 * second (windows-facts.md, section C): trying again is the cure. Who holds it longer is worth
 * knowing. */
#ifndef GODEPLOY_BASE_FILE_BUSY_WINDOWS_H
#define GODEPLOY_BASE_FILE_BUSY_WINDOWS_H

#include "base/error.h"

#include <wchar.h>

/* True if the failure `number` may be over in a moment and try number `tries` (from 0) is not the
 * last one: then the pause is over too. False at once after Ctrl-C. */
bool busy_try_again(unsigned long number, int tries);

/* error_set_windows(), and in the hint the programs that hold `path` where the system can say. */
bool busy_error(Error *err, unsigned long number, const wchar_t *path, const char *doing,
                const char *shown);

#endif
