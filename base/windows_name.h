/* windows_name: names that Windows cannot keep as they are: it gives them to devices, takes part of
 * them for something else, or drops their end.
 *
 * Asked on every system, so that a release, a version or a folder means the same one everywhere.
 * Source: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
#ifndef GODEPLOY_BASE_WINDOWS_NAME_H
#define GODEPLOY_BASE_WINDOWS_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with one segment of a path, such as "has the name of a Windows device"; NULL if
 * nothing. `segment` is not empty, and needs no NUL at its end. Static. */
const char *windows_name_problem(const char *segment, size_t length);

/* True for CON, NUL.txt, com1 ... : names that Windows gives to devices in every folder. */
bool windows_name_is_device(const char *segment, size_t length);

#endif
