/* cleanup: the scope frees what it owns, so that an early return is always safe.
 *
 *     DEFINE_CLEANUP(File *, file_close)               once, after file_close() is declared
 *     CLEANUP(file_close) File *file = NULL;           freed when the scope ends
 *     *out = TAKE(file);                               handed over: the scope frees NULL
 *
 * Every function named here accepts NULL. Needs GCC's or Clang's cleanup attribute. */
#ifndef GODEPLOY_BASE_CLEANUP_H
#define GODEPLOY_BASE_CLEANUP_H

#include <stdlib.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define DEFINE_CLEANUP(type, release)                                                              \
    static inline void release##_scope(type *owned)                                                \
    {                                                                                              \
        release(*owned);                                                                           \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#define CLEANUP(release) __attribute__((cleanup(release##_scope), unused))

#define TAKE(owned)                                                                                \
    __extension__({                                                                                \
        __typeof__(owned) taken_ = (owned);                                                        \
        (owned) = NULL;                                                                            \
        taken_;                                                                                    \
    })

/* Plain memory: CLEANUP(free) char *text = ...; the cast lets any pointer be owned. */
static inline void free_scope(void *owned)
{
    free(*(void **)owned);
}

#endif
