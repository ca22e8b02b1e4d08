/* role: a test program that is started again to be another program: what a shell script would be,
 * on every system. main() begins with
 *
 *     if (role_play(count, words, &status))
 *         return status;
 *
 * Roles:
 *   say WORD...          each word in a line, and the current folder in the last one
 *   variable NAME        the value of NAME, or "none"
 *   end STATUS           "out" to stdout, "problem" to stderr, then ends with STATUS
 *   much                 the numbers to 100000, a line each
 *   listen FILE          makes FILE, then runs until it is asked to stop; says "bye"
 *   deaf FILE            starts a deaf child, writes its words into FILE; never stops by itself
 *   start FILE           starts a detached deaf program, writes its words into FILE, and ends
 *   write COUNT FILE     COUNT lines "line N", makes FILE, then as deaf */
#ifndef GODEPLOY_TESTS_SUPPORT_ROLE_H
#define GODEPLOY_TESTS_SUPPORT_ROLE_H

#include "base/process/process.h"

enum { ROLE_MOST_WORDS = 12 };

typedef struct Role {
    char program[4096];
    const char *argv[ROLE_MOST_WORDS];
} Role;

/* The argument list of `name` with `words` (NULL-terminated, at most 8). Lives as long as `role`.
 */
const char *const *role_argv(Role *role, const char *name, const char *const *words);

bool role_play(int count, char **words, int *status);

/* The process whose words a role wrote into `path`, once they are there; fails the test otherwise.
 */
ProcessId role_wait_for_process(const char *path);
void role_wait_for_file(const char *path);

#endif
