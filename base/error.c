/* See error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct CodeRow {
    const char *name;
    int exit_status;
    const char *words;
} CodeRow;

static const CodeRow code_rows[] = {
#define ERROR_AS_ROW(name, status, words) {#name, status, words},
    ERROR_CODES(ERROR_AS_ROW)
#undef ERROR_AS_ROW
};

bool error_set(Error *err, ErrorCode code, const char *format, ...)
{
    va_list arguments;

    memset(err, 0, sizeof *err);
    err->code = code;
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof err->message, format, arguments); /* cut is good enough */
    va_end(arguments);
    return false;
}

static bool only_says_trouble(ErrorCode code)
{
    return error_exit_status(code) == 1;
}

bool error_set_errno(Error *err, ErrorCode code, int number, const char *format, ...)
{
    va_list arguments;
    size_t length = 0;

    memset(err, 0, sizeof *err);
    err->code = code;
    if ((number == EACCES || number == EPERM) && only_says_trouble(code))
        err->code = ERR_PERMISSION;
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    length = strlen(err->message);
    (void)snprintf(err->message + length, sizeof err->message - length, ": %s", strerror(number));
    if (number != ENOSPC && number != EDQUOT)
        return false;
    if (only_says_trouble(code))
        err->code = ERR_DISK_FULL;
    (void)error_hint(err, "Free some space on that file system, then run the command again.");
    return false;
}

bool error_while(Error *err, const char *format, ...)
{
    char cause[ERROR_MESSAGE_SIZE];
    va_list arguments;
    size_t length = 0;

    memcpy(cause, err->message, sizeof cause);
    va_start(arguments, format);
    (void)vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    length = strlen(err->message);
    (void)snprintf(err->message + length, sizeof err->message - length, ": %s", cause);
    return false;
}

bool error_hint(Error *err, const char *format, ...)
{
    va_list arguments;

    if (err->hint[0] != '\0')
        return false;
    va_start(arguments, format);
    (void)vsnprintf(err->hint, sizeof err->hint, format, arguments);
    va_end(arguments);
    return false;
}

bool error_serves(Error *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(err->serves, sizeof err->serves, format, arguments);
    va_end(arguments);
    return false;
}

bool error_as(Error *err, ErrorCode code)
{
    if (only_says_trouble(err->code))
        err->code = code;
    return false;
}

int error_exit_status(ErrorCode code)
{
    return code_rows[code].exit_status;
}

const char *error_code_name(ErrorCode code)
{
    return code_rows[code].name;
}

const char *error_code_words(ErrorCode code)
{
    return code_rows[code].words;
}

bool error_memory(Error *err)
{
    return error_set(err, ERR_MEMORY, "out of memory");
}
