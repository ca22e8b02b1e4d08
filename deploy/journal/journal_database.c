/* See journal_database.h. */
#include "deploy/journal/journal_database.h"

#include "base/file/file.h"
#include "base/path.h"
#include "deploy/journal/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_FREE_BYTES = 64 * 1024 };

const char journal_restore_hint[] =
    "Move the journal aside and put a backup in its place; without one the next deployment takes "
    "over what serves.";

/* Where not even the file of the shared memory can be made, SQLite only says "I/O error". */
static bool disk_is_full(const struct Journal *journal, int reason)
{
    CLEANUP(free) char *folder = path_folder(journal->path);
    uint64_t available = 0;
    Error ignored = {0};

    if ((reason & 0xff) == SQLITE_FULL)
        return true;
    return (reason & 0xff) == SQLITE_IOERR && folder &&
           folder_free_bytes(folder, &available, &ignored) && available < LEAST_FREE_BYTES;
}

bool database_error(const struct Journal *journal, const char *doing, Error *err)
{
    int reason = journal->database ? sqlite3_extended_errcode(journal->database) : SQLITE_NOMEM;

    if (disk_is_full(journal, reason)) {
        (void)error_set(err, ERR_DISK_FULL, "%s: %s: no space left on the file system",
                        journal->path, doing);
        return error_hint(err, "Free some space on that file system, then run the command again.");
    }
    (void)error_set(err, ERR_JOURNAL, "%s: %s: %s", journal->path, doing,
                    journal->database ? sqlite3_errmsg(journal->database) : "out of memory");
    if ((reason & 0xff) == SQLITE_CORRUPT || (reason & 0xff) == SQLITE_NOTADB)
        return error_hint(err, "%s", journal_restore_hint);
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

static bool prepare_and_bind(struct Journal *journal, const char *sql, Statement *out,
                             const char *kinds, va_list values)
{
    return sqlite3_prepare_v2(journal->database, sql, -1, out, NULL) == SQLITE_OK &&
           bind_all(*out, kinds, values);
}

bool database_prepare(struct Journal *journal, const char *sql, Statement *out, Error *err,
                      const char *kinds, ...)
{
    bool ready = false;
    va_list values;

    va_start(values, kinds);
    ready = prepare_and_bind(journal, sql, out, kinds, values);
    va_end(values);
    return ready || database_error(journal, "preparing a statement", err);
}

bool database_write(struct Journal *journal, const char *sql, Error *err, const char *kinds, ...)
{
    CLEANUP(statement_end) Statement statement = NULL;
    bool ready = false;
    va_list values;

    va_start(values, kinds);
    ready = prepare_and_bind(journal, sql, &statement, kinds, values);
    va_end(values);
    if (!ready || sqlite3_step(statement) != SQLITE_DONE)
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

static void *list_room(RowList *list)
{
    if (list->count == list->capacity) {
        size_t wanted = list->capacity ? list->capacity * 2 : 16;
        void *grown = realloc(list->items, wanted * list->item_size);

        if (!grown)
            return NULL;
        list->items = grown;
        list->capacity = wanted;
    }
    return (char *)list->items + list->count++ * list->item_size;
}

/* *done is set at the end of the rows. */
static bool list_one(struct Journal *journal, Statement statement, RowList *list, bool *done,
                     Error *err)
{
    void *room = NULL;
    bool row = false;

    if (!database_step(journal, statement, &row, err))
        return false;
    *done = !row;
    if (!row)
        return true;
    room = list_room(list);
    if (!room)
        return error_memory(err);
    list->read(statement, room);
    return true;
}

static bool list_all(struct Journal *journal, Statement statement, RowList *list, Error *err)
{
    bool done = false;

    while (!done)
        if (!list_one(journal, statement, list, &done, err)) {
            free(list->items);
            list->items = NULL;
            return false;
        }
    return true;
}

bool database_list(struct Journal *journal, const char *sql, RowList *list, Error *err,
                   const char *kinds, ...)
{
    CLEANUP(statement_end) Statement statement = NULL;
    bool ready = false;
    va_list values;

    va_start(values, kinds);
    ready = prepare_and_bind(journal, sql, &statement, kinds, values);
    va_end(values);
    return ready ? list_all(journal, statement, list, err)
                 : database_error(journal, "preparing a statement", err);
}
