/* See error.h. */
#include "base/error.h"

#include "base/format.h"

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

static void append(char message[ERROR_MESSAGE_SIZE], const char *more)
{
    size_t length = strlen(message);
    size_t room = ERROR_MESSAGE_SIZE - 1 - length, wanted = strlen(more);
    size_t fitting = wanted < room ? wanted : room;

    memcpy(message + length, more, fitting);
    message[length + fitting] = '\0';
}

/* Takes the place of all that `err` held. The words are made aside, for they may quote it. */
PRINTF_LIKE(3, 0)
static void replace_with(Error *err, ErrorCode code, const char *format, va_list arguments)
{
    char message[ERROR_MESSAGE_SIZE];

    (void)vsnprintf(message, sizeof message, format, arguments); /* cut is good enough */
    memset(err, 0, sizeof *err);
    err->code = code;
    memcpy(err->message, message, strlen(message) + 1);
}

bool error_set(Error *err, ErrorCode code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    replace_with(err, code, format, arguments);
    va_end(arguments);
    return false;
}

static bool only_says_trouble(ErrorCode code)
{
    return error_exit_status(code) == 1;
}

static bool is_about_room(int number)
{
#ifdef EDQUOT /* not every system has quotas */
    if (number == EDQUOT)
        return true;
#endif
    return number == ENOSPC;
}

bool error_set_errno(Error *err, ErrorCode code, int number, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    replace_with(err, code, format, arguments);
    va_end(arguments);
    if ((number == EACCES || number == EPERM) && only_says_trouble(code))
        err->code = ERR_PERMISSION;
    append(err->message, ": ");
    append(err->message, strerror(number));
    if (!is_about_room(number))
        return false;
    if (only_says_trouble(code))
        err->code = ERR_DISK_FULL;
    (void)error_hint(err, "Free some space on that file system, then run the command again.");
    return false;
}

bool error_while(Error *err, const char *format, ...)
{
    char message[ERROR_MESSAGE_SIZE]; /* aside, for its words may quote the cause */
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    append(message, ": ");
    append(message, err->message);
    memcpy(err->message, message, strlen(message) + 1);
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
