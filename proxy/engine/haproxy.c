/* See haproxy.h. */
#include "proxy/engine/haproxy.h"

#include "base/net/local_socket.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST_ANSWER = 4 << 20, CELL_SIZE = 64, SAID_MOST = 200, COLUMNS_MOST = 256 };

bool haproxy_is_name(const char *text)
{
    static const char others[] = "-_.:";

    for (const char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr(others, *at))
            return false;
    return *text != '\0';
}

/* ---- asking ---- */

bool haproxy_ask(const Haproxy *haproxy, const char *command, Text *answer, Error *err)
{
    CLEANUP_TEXT Text line = {0};
    LocalQuestion question = {
        .path = haproxy->socket, .most_bytes = LONGEST_ANSWER, .timeout_ms = haproxy->timeout_ms};

    text_appendf(&line, "%s\n", command);
    if (!text_ok(&line, err))
        return false;
    question.bytes = text_chars(&line);
    question.length = line.length;
    return local_socket_ask(&question, answer, err);
}

static void cut_at_blank_end(Text *text)
{
    while (text->length > 0 && isspace((unsigned char)text->bytes[text->length - 1]))
        text->bytes[--text->length] = '\0';
}

bool haproxy_tell(const Haproxy *haproxy, const char *command, Error *err)
{
    CLEANUP_TEXT Text said = {0};

    if (!haproxy_ask(haproxy, command, &said, err))
        return false;
    cut_at_blank_end(&said);
    if (said.length == 0)
        return true;
    return error_set(err, ERR_ENGINE, "HAProxy refused `%s`: %.*s", command, SAID_MOST,
                     text_chars(&said));
}

/* ---- tables ---- */

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

/* Behind a cell; one in quotation marks may hold the separator, and its own marks doubled. */
static const char *skip_cell(const char *at, char separator)
{
    if (*at == '"' && separator == ',') {
        for (at++; *at && *at != '\n' && (*at != '"' || at[1] == '"'); at++)
            at += *at == '"';
        at += *at == '"';
    }
    while (*at && *at != '\n' && *at != separator)
        at++;
    return at;
}

/* The cell of that index; NULL behind the last. */
static const char *find_cell(const char *line, char separator, int index, size_t *length)
{
    for (int i = 0;; i++) {
        const char *end = skip_cell(line, separator);

        if (i == index) {
            *length = (size_t)(end - line);
            return line;
        }
        if (*end != separator)
            return NULL;
        line = end + 1;
    }
}

/* -1 if there is no such column. */
static int column_index(const char *header, char separator, const char *column)
{
    size_t length = 0;

    for (int i = 0; i < COLUMNS_MOST; i++) {
        const char *name = find_cell(header, separator, i, &length);

        if (!name)
            return -1;
        if (length == strlen(column) && memcmp(name, column, length) == 0)
            return i;
    }
    return -1;
}

void haproxy_cell(const HaproxyRow *row, const char *column, char *out, size_t size)
{
    int index = column_index(row->header, row->separator, column);
    size_t length = 0;
    const char *cell = index < 0 ? NULL : find_cell(row->line, row->separator, index, &length);

    if (!cell || length >= size)
        length = 0;
    if (length > 0)
        memcpy(out, cell, length);
    out[length] = '\0';
}

int64_t haproxy_number(const HaproxyRow *row, const char *column)
{
    char cell[CELL_SIZE];
    uint64_t number = 0;

    haproxy_cell(row, column, cell, sizeof cell);
    return text_parse_number(cell, INT64_MAX, &number) ? (int64_t)number : 0;
}

/* The line of names begins with "# "; `show servers state` has its format version above. */
static const char *find_header(const char *table)
{
    const char *at = strstr(table, "# ");

    return at && (at == table || at[-1] == '\n') ? at + 2 : NULL;
}

bool haproxy_find_row(const char *table, char separator, const char *column, const char *value,
                      HaproxyRow *out)
{
    HaproxyRow row = {.header = find_header(table), .separator = separator};
    char cell[CELL_SIZE];

    if (!row.header)
        return false;
    row.line = row.header + line_length(row.header);
    while (*row.line == '\n' && row.line[1] != '\0') {
        row.line++;
        haproxy_cell(&row, column, cell, sizeof cell);
        if (text_equal(cell, value)) {
            *out = row;
            return true;
        }
        row.line += line_length(row.line);
    }
    return false;
}
