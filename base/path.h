/* path: names of files. `/` inside godeploy on every system. */
#ifndef GODEPLOY_BASE_PATH_H
#define GODEPLOY_BASE_PATH_H

#include "base/error.h"

/* base/name; an absolute `name` is taken as it is. NULL if out of memory. Caller frees. */
char *path_join(const char *base, const char *name);

const char *path_file_name(const char *path); /* behind the last slash; borrowed */
char *path_folder(const char *path);          /* before the last slash, "." if none; caller frees */
bool path_is_absolute(const char *path);
/* For a path that came from the system: `\` becomes `/` where it separates folders. */
void path_use_slashes(char *path);

/* Makes `path` absolute against the current folder. Caller frees. */
bool path_absolute(const char *path, char **out, Error *err);

/* The folder of the running program, for its siblings godeploy-proxy and godeploy-supervise. */
bool path_of_program(char **out, Error *err);

#endif
