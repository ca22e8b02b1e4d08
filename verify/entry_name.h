/* entry_name: may a file inside a release have this name, on every system?
 *
 * Names are relative, with "/" between segments. The rules are those of the strictest system, so
 * that a release means the same tree everywhere (base/windows_name.h). A folder entry of an archive
 * ("dir/") is asked for without its last slash. Source:
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file, PKWARE APPNOTE 4.4.17. */
#ifndef GODEPLOY_VERIFY_ENTRY_NAME_H
#define GODEPLOY_VERIFY_ENTRY_NAME_H

#include "base/error.h"

#include <stddef.h>

enum { ENTRY_NAME_MOST = 1024, ENTRY_SEGMENT_MOST = 255, ENTRY_DEPTH_MOST = 64 };
enum { ENTRY_PRINTABLE_SIZE = 128 };

/* ERR_REFUSED with the name, made printable, and the rule it breaks. `name` needs no NUL at its
 * end; one inside is refused. */
bool entry_name_check(const char *name, size_t length, Error *err);

/* The key under which two names that some system takes for one are equal. Folds ASCII, Latin,
 * Greek, Cyrillic and full-width letters; does not unify composed and decomposed accents. Bytes
 * that are no UTF-8 stay as they are. Caller frees; NULL if out of memory. */
char *entry_name_fold(const char *name);

/* The name as it can be shown: what could move a cursor is written \xNN, what is too long is cut.
 */
const char *entry_name_printable(const char *name, size_t length, char out[ENTRY_PRINTABLE_SIZE]);

#endif
