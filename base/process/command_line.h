/* command_line: an argument list as the one line of text that Windows hands to a program, so that
 * the program's C library takes it apart into the same list again.
 *
 * Made on every system, so that it is tested on every one.
 * Source: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments */
#ifndef GODEPLOY_BASE_PROCESS_COMMAND_LINE_H
#define GODEPLOY_BASE_PROCESS_COMMAND_LINE_H

#include "base/error.h"

/* `argv` is NULL-terminated and not empty; its first item is a path and always quoted. ERR_USAGE
 * for what cannot be said: a quote in argv[0], more than Windows' 32 766 characters. Caller frees
 * *out. */
bool command_line_join(const char *const *argv, char **out, Error *err);

/* True if Windows would start cmd.exe to run `program` (.bat, .cmd): that reads the line by rules
 * of its own, under which no quoting is safe (CVE-2024-24576). */
bool command_line_runs_a_shell(const char *program);

#endif
