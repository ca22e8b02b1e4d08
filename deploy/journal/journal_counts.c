/* journal: how many deployments there were. */
#include "deploy/journal/journal.h"

#include "deploy/journal/journal_database.h"

#include <stdlib.h>
#include <string.h>

typedef struct CountRow {
    int64_t kind, state, count;
} CountRow;

static void read_count(Statement row, void *item)
{
    *(CountRow *)item = (CountRow){.kind = column_integer(row, 0),
                                   .state = column_integer(row, 1),
                                   .count = column_integer(row, 2)};
}

/* What this build does not know (a later one wrote it) is not counted. */
bool journal_count_deployments(Journal *journal, DeploymentCounts *out, Error *err)
{
    RowList list = {.read = read_count, .item_size = sizeof(CountRow)};
    CLEANUP(free) CountRow *rows = NULL;

    if (!database_list(journal,
                       "SELECT kind, state, count(*) FROM deployments GROUP BY kind, state", &list,
                       err, ""))
        return false;
    rows = list.items;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < list.count; i++)
        if (rows[i].kind >= 0 && rows[i].kind <= KIND_ROLLBACK && rows[i].state >= 0 &&
            rows[i].state <= DEPLOYMENT_ABORTED)
            out->of[rows[i].kind][rows[i].state] = rows[i].count;
    return true;
}
