/* journal: releases, and the facts of which there is one each: what serves, the hold, the mark. */
#include "deploy/journal.h"

#include "base/text.h"
#include "deploy/journal_database.h"

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

/* A fact is a small JSON object under a name. */
static bool read_fact(Journal *journal, const char *name, Json **out, Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;
    const char *value = NULL;
    bool row = false;

    *out = NULL;
    if (!database_prepare(journal, "SELECT value FROM facts WHERE name = ?", &statement, err, "s",
                          name) ||
        !database_step(journal, statement, &row, err))
        return false;
    value = row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    return !value || json_parse(value, strlen(value), out, err);
}

static bool write_fact(Journal *journal, const char *name, const Json *fact, Error *err)
{
    CLEANUP(free) char *line = json_line(fact);

    if (!line)
        return error_memory(err);
    return database_write(journal, "INSERT OR REPLACE INTO facts(name, value) VALUES(?, ?)", err,
                          "ss", name, line);
}

static void copy_text(const Json *fact, const char *key, char *out, size_t size)
{
    const char *text = json_get_text(fact, key);

    (void)snprintf(out, size, "%s", text ? text : "");
}

bool journal_serving(Journal *journal, ServingRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "serving", &fact, err))
        return false;
    memset(out, 0, sizeof *out);
    copy_text(fact, "version", out->version, sizeof out->version);
    copy_text(fact, "instance", out->instance, sizeof out->instance);
    out->slot = slot_by_name(json_get_text(fact, "slot"));
    out->since_ms = json_get_integer(fact, "since_ms", 0);
    return true;
}

bool journal_save_serving(Journal *journal, const ServingRecord *serving, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_text(fact, "version", serving->version);
    (void)json_put_text(fact, "instance", serving->instance);
    (void)json_put_text(fact, "slot", slot_name(serving->slot));
    (void)json_put_integer(fact, "since_ms", serving->since_ms);
    return write_fact(journal, "serving", fact, err);
}

bool journal_instance(Journal *journal, Slot slot, SlotRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, slot_name(slot), &fact, err))
        return false;
    copy_text(fact, "version", out->version, sizeof out->version);
    copy_text(fact, "instance", out->instance, sizeof out->instance);
    return true;
}

bool journal_save_instance(Journal *journal, Slot slot, const SlotRecord *instance, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_text(fact, "version", instance->version);
    (void)json_put_text(fact, "instance", instance->instance);
    return write_fact(journal, slot_name(slot), fact, err);
}

bool journal_freeze(Journal *journal, FreezeRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "freeze", &fact, err))
        return false;
    memset(out, 0, sizeof *out);
    copy_text(fact, "by", out->by, sizeof out->by);
    copy_text(fact, "message", out->message, sizeof out->message);
    out->since_ms = json_get_integer(fact, "since_ms", 0);
    return true;
}

bool journal_save_freeze(Journal *journal, const FreezeRecord *freeze, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_text(fact, "by", freeze->by);
    (void)json_put_text(fact, "message", freeze->message);
    (void)json_put_integer(fact, "since_ms", freeze->since_ms);
    return write_fact(journal, "freeze", fact, err);
}

bool journal_high_water(Journal *journal, char out[JOURNAL_VERSION_SIZE], Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "high_water", &fact, err))
        return false;
    copy_text(fact, "version", out, JOURNAL_VERSION_SIZE);
    return true;
}

bool journal_save_high_water(Journal *journal, const char *version, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_text(fact, "version", version);
    return write_fact(journal, "high_water", fact, err);
}
