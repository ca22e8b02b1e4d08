/* error_windows: a failed Windows call as an Error. For *_windows.c files only. */
#ifndef GODEPLOY_BASE_ERROR_WINDOWS_H
#define GODEPLOY_BASE_ERROR_WINDOWS_H

#include "base/error.h"

/* As error_set(), with the system's reason and its number behind it: ": access is denied (Windows
 * error 5)". In English where the host has it, else in its own language. "Access denied" and a lack
 * of elevation or of a privilege turn a code that only says "trouble" (exit 1) into ERR_PERMISSION,
 * a full disk or quota into ERR_DISK_FULL. Works for Winsock's numbers too. */
bool error_set_windows(Error *err, ErrorCode code, unsigned long windows_error, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

/* The same with GetLastError(), read before anything else is done. */
bool error_set_os(Error *err, ErrorCode code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
