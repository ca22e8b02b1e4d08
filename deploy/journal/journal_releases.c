/* journal: the releases on this host. */
#include "deploy/journal/journal.h"

#include "deploy/journal/journal_database.h"

#include <stdio.h>
#include <string.h>

static const char *const release_states[] = {"unpacked", "good", "bad", "removed"};

const char *release_state_name(ReleaseState state)
{
    return release_states[state];
}

bool journal_save_release(Journal *journal, const ReleaseRecord *release, Error *err)
{
    return database_write(
        journal,
        "INSERT OR REPLACE INTO releases(version, state, digest, manifest, key_id,"
        " attested, size_bytes, unpacked_ms, served_ms)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        err, "sisssiiii", release->version, (int64_t)release->state, release->digest,
        release->manifest, release->key_id, (int64_t)release->attested,
        (int64_t)release->size_bytes, release->unpacked_ms, release->served_ms);
}

#define RELEASE_COLUMNS                                                                            \
    "SELECT version, state, digest, manifest, key_id, attested, size_bytes, unpacked_ms, "         \
    "served_ms"                                                                                    \
    " FROM releases "

static void read_release(Statement row, void *item)
{
    ReleaseRecord *out = item;

    memset(out, 0, sizeof *out);
    column_text(row, 0, out->version, sizeof out->version);
    out->state = (ReleaseState)column_integer(row, 1);
    column_text(row, 2, out->digest, sizeof out->digest);
    column_text(row, 3, out->manifest, sizeof out->manifest);
    column_text(row, 4, out->key_id, sizeof out->key_id);
    out->attested = column_integer(row, 5) != 0;
    out->size_bytes = (uint64_t)column_integer(row, 6);
    out->unpacked_ms = column_integer(row, 7);
    out->served_ms = column_integer(row, 8);
}

bool journal_find_release(Journal *journal, const char *version, ReleaseRecord *out, bool *found,
                          Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;

    if (!database_prepare(journal, RELEASE_COLUMNS "WHERE version = ?", &statement, err, "s",
                          version) ||
        !database_step(journal, statement, found, err))
        return false;
    if (*found)
        read_release(statement, out);
    return true;
}

bool journal_list_releases(Journal *journal, ReleaseRecord **out, size_t *count, Error *err)
{
    RowList list = {.read = read_release, .item_size = sizeof **out};

    if (!database_list(journal, RELEASE_COLUMNS "ORDER BY served_ms DESC, unpacked_ms DESC", &list,
                       err, ""))
        return false;
    *out = list.items;
    *count = list.count;
    return true;
}
