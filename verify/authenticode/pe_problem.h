/* pe_problem: everything that can be wrong with the bytes of a Windows program, by name.
 *
 * The names reach scripts: append only, never rename. Each has a case in
 * tests/verify/authenticode, which fails for one that has none. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PE_PROBLEM_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PE_PROBLEM_H

#include "base/format.h"
#include "verify/authenticode/pe_image.h"

#include <stdbool.h>

enum { PE_REASON_SIZE = 200 };

/* Name, what kind of file it makes of this one, code. */
#define PE_PROBLEMS(X)                                                                             \
    X(PE_OK, PE_SIGNED, "ok")                                                                      \
    X(PE_NO_TABLE, PE_UNSIGNED, "unsigned")                                                        \
    /* no Windows program: no Windows loads it as one */                                           \
    X(PE_NOT_MZ, PE_NOT, "not-mz")                                                                 \
    X(PE_MZ_SHORT, PE_NOT, "mz-too-short")                                                         \
    X(PE_MZ_ONLY, PE_NOT, "mz-without-pe")                                                         \
    /* headers */                                                                                  \
    X(PE_HEADER_MISALIGNED, PE_REFUSED, "header-misaligned")                                       \
    X(PE_HEADERS_FAR, PE_REFUSED, "headers-too-far")                                               \
    X(PE_HEADERS_CUT, PE_REFUSED, "headers-cut")                                                   \
    X(PE_MAGIC_UNKNOWN, PE_REFUSED, "magic-unknown")                                               \
    X(PE_OPTIONAL_SHORT, PE_REFUSED, "optional-header-short")                                      \
    X(PE_FILE_LARGE, PE_REFUSED, "file-too-large")                                                 \
    /* where the certificate table lies */                                                         \
    X(PE_TABLE_NO_OFFSET, PE_REFUSED, "table-offset-zero")                                         \
    X(PE_TABLE_SMALL, PE_REFUSED, "table-too-small")                                               \
    X(PE_TABLE_LARGE, PE_REFUSED, "table-too-large")                                               \
    X(PE_TABLE_MISALIGNED, PE_REFUSED, "table-misaligned")                                         \
    X(PE_TABLE_OVER_HEADERS, PE_REFUSED, "table-over-headers")                                     \
    X(PE_TABLE_OVER_SECTION, PE_REFUSED, "table-over-section")                                     \
    X(PE_TABLE_BEYOND_END, PE_REFUSED, "table-beyond-end")                                         \
    X(PE_DATA_AFTER_TABLE, PE_REFUSED, "data-after-table")                                         \
    /* what is in it */                                                                            \
    X(PE_ENTRY_SHORT, PE_REFUSED, "entry-too-short")                                               \
    X(PE_ENTRY_LONG, PE_REFUSED, "entry-too-long")                                                 \
    X(PE_ENTRY_REVISION, PE_REFUSED, "entry-revision")                                             \
    X(PE_ENTRY_TYPE, PE_REFUSED, "entry-type")                                                     \
    X(PE_ENTRIES_SEVERAL, PE_REFUSED, "several-entries")                                           \
    X(PE_TABLE_SIZE, PE_REFUSED, "table-size-mismatch")                                            \
    X(PE_TABLE_PADDING, PE_REFUSED, "table-padding")                                               \
    X(PE_DER_NONE, PE_REFUSED, "signature-not-der")                                                \
    X(PE_DER_INDEFINITE, PE_REFUSED, "signature-indefinite-length")                                \
    X(PE_DER_CUT, PE_REFUSED, "signature-cut")                                                     \
    X(PE_DATA_AFTER_DER, PE_REFUSED, "data-after-signature")                                       \
    /* reading it */                                                                               \
    X(PE_PAGES_UNCHECKABLE, PE_REFUSED, "page-hashes-uncheckable")                                 \
    X(PE_FILE_CUT, PE_REFUSED, "file-cut")                                                         \
    X(PE_FILE_GREW, PE_REFUSED, "file-grew")

typedef enum PeProblemName {
#define PE_PROBLEM_NAME(name, kind, code) name,
    PE_PROBLEMS(PE_PROBLEM_NAME)
#undef PE_PROBLEM_NAME
} PeProblemName;

typedef struct PeProblem {
    PeProblemName name; /* PE_OK: none so far */
    char reason[PE_REASON_SIZE];
} PeProblem;

PeKind pe_problem_kind(PeProblemName name);
const char *pe_problem_code(PeProblemName name); /* static */

/* Always false, so that it can end a function. The reason names both values, expected and found. */
bool pe_problem_set(PeProblem *problem, PeProblemName name, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
