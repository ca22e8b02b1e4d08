/* See journal_check() in journal.h. */
#include "deploy/journal/journal_database.h"

#include "base/text.h"
#include "deploy/journal/journal.h"

static bool damaged(const Journal *journal, const char *what, Error *err)
{
    (void)error_set(err, ERR_JOURNAL, "%s is damaged: %s", journal->path, what);
    return error_hint(err, "%s", journal_restore_hint);
}

bool journal_check(Journal *journal, Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;
    char first[JOURNAL_LINE_SIZE];
    bool row = false;

    if (!database_prepare(journal, "PRAGMA quick_check(1)", &statement, err, "") ||
        !database_step(journal, statement, &row, err))
        return false;
    if (!row)
        return damaged(journal, "SQLite has nothing to say of it", err);
    column_text(statement, 0, first, sizeof first);
    return text_equal(first, "ok") || damaged(journal, first, err);
}
