/* finding: what is wrong with a signature, by a code that scripts rely on.
 *
 * A step of the check returns bool and takes a Finding last, as other functions take an Error: the
 * first thing found ends the check. What kept us from judging at all (no memory, OpenSSL failed)
 * travels the same way and becomes an Error in the end. Only for verify/authenticode. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_FINDING_H
#define GODEPLOY_VERIFY_AUTHENTICODE_FINDING_H

#include "base/error.h"
#include "base/format.h"
#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/codes.h"

typedef struct Finding {
    Code code; /* CODE_OK: nothing was found */
    char reason[AUTHENTICODE_REASON_SIZE];
    ErrorCode failed; /* ERR_NONE; else it could not be judged */
} Finding;

/* All return false, so that each can end a step. */
bool finding_set(Finding *finding, Code code, const char *format, ...) PRINTF_LIKE(3, 4);
bool finding_memory(Finding *finding);
bool finding_crypto(Finding *finding, const char *what); /* empties OpenSSL's error queue */

/* True if it could be judged; otherwise the Error that says why not. */
bool finding_was_judged(const Finding *finding, Error *err);

#endif
