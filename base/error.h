/* error: what went wrong, said so that an operator can act on it.
 *
 * A function that can fail returns bool and takes `Error *err` last. error_set() states the cause,
 * error_while() puts in front of it what was being done, error_hint() adds what to try. All return
 * false, so that each can end a function. main() owns the one Error; it is plain memory, so that
 * "out of memory" can be reported too.
 *
 * Messages are lower case, without a full stop, and name the thing and both values (expected and
 * found). A hint is a sentence. */
#ifndef GODEPLOY_BASE_ERROR_H
#define GODEPLOY_BASE_ERROR_H

#include "base/format.h"

#include <stdbool.h>

/* Name, exit status, plain words. Append only: scripts read the status and the name (in --json). */
#define ERROR_CODES(X)                                                                             \
    X(ERR_NONE, 0, "done")                                                                         \
    X(ERR_INTERNAL, 1, "internal error")                                                           \
    X(ERR_MEMORY, 1, "out of memory")                                                              \
    X(ERR_SYSTEM, 1, "the system refused a call")                                                  \
    X(ERR_FILE, 1, "file trouble")                                                                 \
    X(ERR_JSON, 1, "not the JSON that was expected")                                               \
    X(ERR_PROCESS, 1, "process trouble")                                                           \
    X(ERR_NETWORK, 1, "network trouble")                                                           \
    X(ERR_TIMEOUT, 1, "took too long")                                                             \
    X(ERR_JOURNAL, 1, "the journal cannot be used")                                                \
    X(ERR_CRYPTO, 1, "the crypto library failed")                                                  \
    X(ERR_USAGE, 2, "wrong usage")                                                                 \
    X(ERR_ORDER, 2, "stage out of order")                                                          \
    X(ERR_SETTINGS, 3, "wrong settings")                                                           \
    X(ERR_LOCKED, 4, "locked")                                                                     \
    X(ERR_FETCH, 5, "fetch failed")                                                                \
    X(ERR_REFUSED, 6, "refused by verification")                                                   \
    X(ERR_DIGEST_MISMATCH, 6, "digest mismatch")                                                   \
    X(ERR_SIGNATURE, 6, "signature not valid")                                                     \
    X(ERR_KEY, 6, "key not usable")                                                                \
    X(ERR_MANIFEST, 6, "release description not valid")                                            \
    X(ERR_DOWNGRADE, 6, "older than what was deployed before")                                     \
    X(ERR_EXPIRED, 6, "expired")                                                                   \
    X(ERR_UNPACK, 7, "unpack failed")                                                              \
    X(ERR_ARCHIVE, 7, "archive refused")                                                           \
    X(ERR_START, 8, "start failed")                                                                \
    X(ERR_UNHEALTHY, 9, "unhealthy")                                                               \
    X(ERR_FLIP, 10, "flip failed")                                                                 \
    X(ERR_FLIPPED_BACK, 11, "flipped back")                                                        \
    X(ERR_NO_RELEASE, 12, "no such release")                                                       \
    X(ERR_STATE, 13, "an open deployment needs --resume or abort")                                 \
    X(ERR_ENGINE, 14, "traffic engine not usable")                                                 \
    X(ERR_PERMISSION, 15, "no permission")                                                         \
    X(ERR_INTERRUPTED, 130, "interrupted")                                                         \
    X(ERR_DISK_FULL, 1, "no space left on the file system")                                        \
    X(ERR_NOT_FOUND, 5, "the source has no such file")                                             \
    X(ERR_AILING, 16, "the doctor found what will hurt")                                           \
    X(ERR_WOULD_CHANGE, 17, "a deployment would change something")

typedef enum ErrorCode {
#define ERROR_AS_ENUM(name, status, words) name,
    ERROR_CODES(ERROR_AS_ENUM)
#undef ERROR_AS_ENUM
} ErrorCode;

enum { ERROR_MESSAGE_SIZE = 2048, ERROR_HINT_SIZE = 512, ERROR_SERVES_SIZE = 256 };

typedef struct Error {
    ErrorCode code;
    char message[ERROR_MESSAGE_SIZE];
    char hint[ERROR_HINT_SIZE];     /* what to try; "" if nothing is known */
    char serves[ERROR_SERVES_SIZE]; /* what still answers requests; "" where it does not matter */
} Error;

/* States the cause; forgets what `err` held before. */
bool error_set(Error *err, ErrorCode code, const char *format, ...) PRINTF_LIKE(3, 4);

/* As error_set(), with the reason of a failed system call (an errno value) behind it. EACCES and
 * EPERM turn a code that only says "trouble" (exit 1) into ERR_PERMISSION, ENOSPC and EDQUOT into
 * ERR_DISK_FULL. */
bool error_set_errno(Error *err, ErrorCode code, int number, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Puts what was being done in front of the cause: "unpacking x.zip: no space left on device". */
bool error_while(Error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds what the operator can try. The hint set first, nearest to the cause, is kept. */
bool error_hint(Error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Says what still answers requests: "release 2.4.0 still answers all requests". */
bool error_serves(Error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Keeps the message and gives it the exit status of what failed as a whole: a full disk while
 * unpacking exits as unpack does. Only codes that merely say "trouble" (exit 1) are changed. */
bool error_as(Error *err, ErrorCode code);

int error_exit_status(ErrorCode code);
const char *error_code_name(ErrorCode code);  /* "ERR_FETCH"; static */
const char *error_code_words(ErrorCode code); /* "fetch failed"; static */

/* For allocations: error_memory(err) is "out of memory". */
bool error_memory(Error *err);

#endif
