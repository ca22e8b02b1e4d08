/* file_mode: permission bits, where the system has them. On Windows, where it has none, a file that
 * is there has every mode, and there is no mask.
 * Sources: file_mode_posix.c, file_mode_windows.c. */
#ifndef GODEPLOY_TESTS_SUPPORT_FILE_MODE_H
#define GODEPLOY_TESTS_SUPPORT_FILE_MODE_H

#include <stdbool.h>

bool file_mode_is(const char *path, int mode); /* of the link, if it is one */
int file_mode_mask(int mask);                  /* umask(2): what was before */

#endif
