/* journald: what services wrote, as systemd keeps it: asked of journalctl. Linux only.
 * Source: journalctl(1), systemd.journal-fields(7). */
#ifndef GODEPLOY_BASE_SERVICE_JOURNALD_H
#define GODEPLOY_BASE_SERVICE_JOURNALD_H

#include "base/service/systemd.h"

enum { JOURNALD_CURSOR_SIZE = 256 };

typedef struct JournaldQuery {
    SystemdScope scope;
    const char *const *matches; /* "FIELD=value", "+" for "or"; NULL-terminated */
    int64_t since_ms;           /* wall clock; 0: from the beginning */
    size_t most_bytes;          /* of an answer, about */
} JournaldQuery;

/* What was written until now is in the journal when this returns, where we may ask for that. */
void journald_settle(void);

/* The last entries, at most `lines`, a line each, oldest first. `cursor` is where they end; ""
 * where there are none. */
bool journald_last(const JournaldQuery *query, int lines, Text *out,
                   char cursor[JOURNALD_CURSOR_SIZE], Error *err);

/* Those behind `cursor`, and moves it. Behind "" are all. */
bool journald_next(const JournaldQuery *query, Text *out, char cursor[JOURNALD_CURSOR_SIZE],
                   Error *err);

#endif
