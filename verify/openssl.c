/* See openssl.h. */
#include "verify/openssl.h"

#include <stdarg.h>
#include <stdio.h>

bool openssl_error(Error *err, ErrorCode code, const char *format, ...)
{
    const unsigned long number = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(number);
    char what[ERROR_MESSAGE_SIZE / 2];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments); /* cut is good enough */
    va_end(arguments);
    ERR_clear_error();
    return error_set(err, code, "%s: %s", what, reason ? reason : "OpenSSL gives no reason");
}
