/* journal_database: the few SQLite calls that the journal is made of. Private to deploy/journal*.c:
 * nobody else sees SQLite. */
#ifndef GODEPLOY_DEPLOY_JOURNAL_JOURNAL_DATABASE_H
#define GODEPLOY_DEPLOY_JOURNAL_JOURNAL_DATABASE_H

#include "base/cleanup.h"
#include "base/error.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct Journal {
    sqlite3 *database;
    char *path;
};

typedef sqlite3_stmt *Statement;

static inline void statement_end(sqlite3_stmt *statement)
{
    (void)sqlite3_finalize(statement); /* repeats the error that the last step already gave */
}
DEFINE_CLEANUP(Statement, statement_end)

bool database_error(const struct Journal *journal, const char *doing, Error *err);
bool database_run(struct Journal *journal, const char *sql, Error *err);
/* `kinds` says what follows and is bound by position: 's' text (NULL allowed), 'i' int64_t. */
bool database_prepare(struct Journal *journal, const char *sql, Statement *out, Error *err,
                      const char *kinds, ...);
/* Prepares, binds and steps once. */
bool database_write(struct Journal *journal, const char *sql, Error *err, const char *kinds, ...);
/* *row is false at the end. */
bool database_step(struct Journal *journal, Statement statement, bool *row, Error *err);

void column_text(Statement statement, int column, char *out, size_t size);
int64_t column_integer(Statement statement, int column);

/* Rows as a list of plain records. The caller sets `read` and `item_size`, and frees `items`. */
typedef struct RowList {
    void (*read)(Statement row, void *item);
    size_t item_size;
    void *items; /* NULL if there are none */
    size_t count, capacity;
} RowList;

/* All rows of a query. Nothing is left to free when it fails. */
bool database_list(struct Journal *journal, const char *sql, RowList *list, Error *err,
                   const char *kinds, ...);

#endif
