/* path: names of files. `/` inside godeploy on every system; what was typed on Windows may have
 * `\`, and is understood here too. */
#ifndef GODEPLOY_BASE_PATH_H
#define GODEPLOY_BASE_PATH_H

#include "base/error.h"

#include <stddef.h>

/* base/name; an absolute `name` is taken as it is. NULL if out of memory. Caller frees. */
char *path_join(const char *base, const char *name);

bool path_is_separator(char c); /* `/`, and `\` on Windows */

const char *path_file_name(const char *path); /* behind the last slash; borrowed */
/* Before the last slash, but never less than the root; "." if there is none. Caller frees. */
char *path_folder(const char *path);
bool path_is_absolute(const char *path);
/* For a path that came from the system or was typed: `\` becomes `/` where it separates folders,
 * and
 * \\?\ in front, which is about calls, goes. */
void path_use_slashes(char *path);
/* How much of it is no name in a folder: 1 for "/a"; on Windows 3 for "C:/a", and the whole of
 * "//server/share". 0 for a relative path. */
size_t path_root_length(const char *path);

/* What makes it no path of this system, such as "has the name of a Windows device"; NULL if
 * nothing. Static. */
const char *path_problem(const char *path);

/* Makes `given` absolute against the current folder. Caller frees. */
bool path_absolute(const char *given, char **out, Error *err);

/* The folder of the running program. */
bool path_of_program(char **out, Error *err);
const char *path_program_ending(void); /* ".exe" on Windows, else ""; static */

#endif
