/* See error_windows.h. Source: FormatMessageW. */
#include "base/error_windows.h"
#include "base/wide_windows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { LONGEST_REASON = 512 };

/* winerror.h's, which MinGW lacks. */
enum { ELEVATION_REQUIRED = 740, DISK_QUOTA_EXCEEDED = 1295 };

static bool only_says_trouble(ErrorCode code)
{
    return error_exit_status(code) == 1;
}

static bool is_about_permission(unsigned long number)
{
    return number == ERROR_ACCESS_DENIED || number == ERROR_PRIVILEGE_NOT_HELD ||
           number == ELEVATION_REQUIRED || number == ERROR_NOT_OWNER;
}

static bool is_about_room(unsigned long number)
{
    return number == ERROR_DISK_FULL || number == ERROR_HANDLE_DISK_FULL ||
           number == DISK_QUOTA_EXCEEDED;
}

static bool ask_system(unsigned long number, DWORD language, wchar_t out[LONGEST_REASON])
{
    DWORD flags =
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;

    return FormatMessageW(flags, NULL, number, language, out, LONGEST_REASON, NULL) > 0;
}

/* Without the full stop and the blanks at its end, beginning as the rest of a sentence does. */
static void trim(char *reason)
{
    size_t length = strlen(reason);

    while (length > 0 && (reason[length - 1] == ' ' || reason[length - 1] == '.'))
        reason[--length] = '\0';
    if (length > 1 && reason[0] >= 'A' && reason[0] <= 'Z' && reason[1] >= 'a' && reason[1] <= 'z')
        reason[0] = (char)(reason[0] - 'A' + 'a');
}

/* NULL if the system has no words for it. Caller frees. */
static char *reason_of(unsigned long number)
{
    const DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), of_the_host = 0;
    wchar_t wide[LONGEST_REASON];
    char *reason = NULL;

    if (!ask_system(number, english, wide) && !ask_system(number, of_the_host, wide))
        return NULL;
    reason = wide_to_utf8(wide);
    if (reason)
        trim(reason);
    return reason;
}

__attribute__((format(printf, 4, 0))) static bool
set(Error *err, ErrorCode code, unsigned long number, const char *format, va_list arguments)
{
    CLEANUP(free) char *reason = reason_of(number);
    char doing[ERROR_MESSAGE_SIZE];

    (void)vsnprintf(doing, sizeof doing, format, arguments); /* cut is good enough */
    if (only_says_trouble(code) && is_about_permission(number))
        code = ERR_PERMISSION;
    if (only_says_trouble(code) && is_about_room(number))
        code = ERR_DISK_FULL;
    (void)error_set(err, code, "%s: %s%s%lu%s", doing, reason ? reason : "",
                    reason ? " (Windows error " : "Windows error ", number, reason ? ")" : "");
    if (is_about_room(number))
        (void)error_hint(err, "Free some space on that file system, then run the command again.");
    return false;
}

bool error_set_windows(Error *err, ErrorCode code, unsigned long windows_error, const char *format,
                       ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)set(err, code, windows_error, format, arguments);
    va_end(arguments);
    return false;
}

bool error_set_os(Error *err, ErrorCode code, const char *format, ...)
{
    DWORD number = GetLastError();
    va_list arguments;

    va_start(arguments, format);
    (void)set(err, code, number, format, arguments);
    va_end(arguments);
    return false;
}
