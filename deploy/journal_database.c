/* See journal_database.h. */
#include "deploy/journal_database.h"

#include "deploy/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool database_error(const struct Journal *journal, const char *doing, Error *err)
{
    int reason = journal->database ? sqlite3_extended_errcode(journal->database) : SQLITE_NOMEM;

    (void)error_set(err, ERR_JOURNAL, "%s: %s: %s", journal->path, doing,
                    journal->database ? sqlite3_errmsg(journal->database) : "out of memory");
    if ((reason & 0xff) == SQLITE_FULL)
        return error_hint(err, "Free some space on that file system, then run the command again.");
    if ((reason & 0xff) == SQLITE_CORRUPT || (reason & 0xff) == SQLITE_NOTADB)
        return error_hint(err,
                          "Move the journal aside and restore it from a backup; the instances and "
                          "the route go on as they are.");
    if ((reason & 0xff) == SQLITE_CANTOPEN || (reason & 0xff) == SQLITE_READONLY)
        err->code = ERR_PERMISSION;
    return false;
}

bool database_run(struct Journal *journal, const char *sql, Error *err)
{
    if (sqlite3_exec(journal->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_error(journal, "running a statement", err);
    return true;
}

bool database_prepare(struct Journal *journal, const char *sql, Statement *out, Error *err)
{
    if (sqlite3_prepare_v2(journal->database, sql, -1, out, NULL) != SQLITE_OK)
        return database_error(journal, "preparing a statement", err);
    return true;
}

static bool bind_all(Statement statement, const char *kinds, va_list values)
{
    for (int i = 0; kinds[i] != '\0'; i++) {
        int result = SQLITE_OK;

        if (kinds[i] == 's')
            result = sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1,
                                       SQLITE_TRANSIENT);
        else
            result = sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
        if (result != SQLITE_OK)
            return false;
    }
    return true;
}

bool database_write(struct Journal *journal, const char *sql, Error *err, const char *kinds, ...)
{
    CLEANUP(statement_end) Statement statement = NULL;
    bool bound = false;
    va_list values;

    if (!database_prepare(journal, sql, &statement, err))
        return false;
    va_start(values, kinds);
    bound = bind_all(statement, kinds, values);
    va_end(values);
    if (!bound || sqlite3_step(statement) != SQLITE_DONE)
        return database_error(journal, "writing", err);
    return true;
}

bool database_step(struct Journal *journal, Statement statement, bool *row, Error *err)
{
    int result = sqlite3_step(statement);

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return database_error(journal, "reading", err);
    *row = result == SQLITE_ROW;
    return true;
}

void column_text(Statement statement, int column, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    (void)snprintf(out, size, "%s", text ? (const char *)text : "");
}

int64_t column_integer(Statement statement, int column)
{
    return sqlite3_column_int64(statement, column);
}

typedef struct RowList {
    void *items;
    size_t count, capacity;
} RowList;

static void *list_room(RowList *list, size_t item_size)
{
    if (list->count == list->capacity) {
        size_t wanted = list->capacity ? list->capacity * 2 : 16;
        void *grown = realloc(list->items, wanted * item_size);

        if (!grown)
            return NULL;
        list->items = grown;
        list->capacity = wanted;
    }
    return (char *)list->items + list->count++ * item_size;
}

bool database_list(struct Journal *journal, Statement statement, RowReader read, size_t item_size,
                   void **out, size_t *count, Error *err)
{
    RowList list = {0};
    bool row = false;
    void *room = NULL;

    for (;;) {
        if (!database_step(journal, statement, &row, err))
            break;
        if (!row) {
            *out = list.items;
            *count = list.count;
            return true;
        }
        room = list_room(&list, item_size);
        if (!room) {
            (void)error_memory(err);
            break;
        }
        read(statement, room);
    }
    free(list.items);
    return false;
}
