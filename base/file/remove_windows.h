/* remove: taking names away. Inner part of file_system_windows.c and folder_windows.c. */
#ifndef GODEPLOY_BASE_FILE_REMOVE_WINDOWS_H
#define GODEPLOY_BASE_FILE_REMOVE_WINDOWS_H

#include <wchar.h>

/* Removes what was opened with DELETE and FILE_WRITE_ATTRIBUTES: a file, a link, or an empty
 * folder, though it be read-only. Where Windows can (10 and later), the name is gone at once
 * although others still have it open. 0, or the Windows error. */
unsigned long remove_open(void *handle);

/* The file or link at `path` (wide_path()'s). 0, also if it is gone already, or the error. */
unsigned long remove_file(const wchar_t *path);

#endif
