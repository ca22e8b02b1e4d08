/* haproxy: HAProxy's Runtime API: one command a question, text as the answer, over its stats
 * socket.
 *
 * What it answers is bounded and only read: tables are looked into by the names of their columns,
 * which later versions add to.
 * Source: HAProxy 2.6, management.txt, sections 9.1 (CSV format) and 9.3 (unix socket commands). */
#ifndef GODEPLOY_PROXY_ENGINE_HAPROXY_H
#define GODEPLOY_PROXY_ENGINE_HAPROXY_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Haproxy {
    const char *socket; /* borrowed */
    int64_t timeout_ms; /* for one command */
} Haproxy;

/* True for what may stand as a name in a command: HAProxy's own rule for names of proxies and
 * servers. */
bool haproxy_is_name(const char *text);

/* ERR_NETWORK if nobody listens, ERR_PERMISSION if we may not ask. */
bool haproxy_ask(const Haproxy *haproxy, const char *command, Text *answer, Error *err);

/* For a command that says nothing when it worked: any words are the reason why it did not. */
bool haproxy_tell(const Haproxy *haproxy, const char *command, Error *err);

/* One line of a table, and the names of its cells. Borrowed from the answer it was found in. */
typedef struct HaproxyRow {
    const char *header;
    const char *line;
    char separator; /* ' ' of `show servers state`, ',' of `show stat` */
} HaproxyRow;

/* The first line whose cell in `column` is `value`; false if there is none. */
bool haproxy_find_row(const char *table, char separator, const char *column, const char *value,
                      HaproxyRow *out);
/* Copies a cell; "" if it is empty, cut off, or of a column that this version lacks. */
void haproxy_cell(const HaproxyRow *row, const char *column, char *out, size_t size);
/* 0 where the cell is no number. */
int64_t haproxy_number(const HaproxyRow *row, const char *column);

#endif
