/* See finding.h. */
#include "verify/authenticode/finding.h"

#include "verify/openssl.h"

#include <stdarg.h>
#include <stdio.h>

bool finding_set(Finding *finding, Code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    finding->code = code;
    (void)vsnprintf(finding->reason, sizeof finding->reason, format, arguments); /* may be cut */
    va_end(arguments);
    ERR_clear_error();
    return false;
}

bool finding_memory(Finding *finding)
{
    finding->failed = ERR_MEMORY;
    return false;
}

bool finding_crypto(Finding *finding, const char *what)
{
    Error err = {0};

    (void)openssl_error(&err, ERR_CRYPTO, "%s", what);
    (void)snprintf(finding->reason, sizeof finding->reason, "%.300s", err.message);
    finding->failed = ERR_CRYPTO;
    return false;
}

bool finding_was_judged(const Finding *finding, Error *err)
{
    if (finding->failed == ERR_NONE)
        return true;
    if (finding->failed == ERR_MEMORY)
        return error_memory(err);
    return error_set(err, finding->failed, "%s", finding->reason);
}
