/* special_file: what some systems allow in a folder, and not all. False where the system
 * has no such thing, or not for everyone (a symbolic link on Windows needs a privilege, and under
 * Wine it says that it was made): the test then calls skip().
 * Sources: special_file_posix.c, special_file_windows.c. */
#ifndef GODEPLOY_TESTS_SUPPORT_SPECIAL_FILE_H
#define GODEPLOY_TESTS_SUPPORT_SPECIAL_FILE_H

#include <stdbool.h>

bool special_file_link(const char *target, const char *path);
bool special_file_pipe(const char *path);

/* Whether a file may have any name, differ from another by case alone, and be replaced while it is
 * open. */
bool special_file_names_are_free(void);

#endif
