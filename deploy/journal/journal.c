/* journal: deployments with their steps and events. Opening it is in journal_open.c, releases are
 * in journal_releases.c, what there is one of in journal_facts.c. See journal.h for what the rest
 * of the tree relies on. */
#include "deploy/journal/journal.h"

#include "base/text.h"
#include "deploy/journal/journal_database.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {"deploy", "rollback"};
static const char *const deployment_states[] = {"open", "done", "failed", "aborted"};
static const char *const step_states[] = {"intent", "done", "failed", "undone"};

const char *deployment_kind_name(DeploymentKind kind)
{
    return kind_names[kind];
}

const char *deployment_state_name(DeploymentState state)
{
    return deployment_states[state];
}

const char *step_state_name(StepState state)
{
    return step_states[state];
}

bool journal_begin(Journal *journal, Error *err)
{
    return database_run(journal, "BEGIN IMMEDIATE", err);
}

bool journal_commit(Journal *journal, Error *err)
{
    if (database_run(journal, "COMMIT", err))
        return true;
    journal_rollback(journal);
    return false;
}

void journal_rollback(Journal *journal)
{
    (void)sqlite3_exec(journal->database, "ROLLBACK", NULL, NULL,
                       NULL); /* nothing begun: nothing to do */
}

bool journal_open_deployment(Journal *journal, DeploymentRecord *record, Error *err)
{
    if (!database_write(journal, "INSERT INTO deployments(kind, state, started_ms) VALUES(?, 0, ?)",
                        err, "ii", (int64_t)record->kind, record->started_ms)) {
        if (sqlite3_extended_errcode(journal->database) == SQLITE_CONSTRAINT_UNIQUE)
            (void)error_set(err, ERR_STATE, "another deployment is open");
        return false;
    }
    record->id = sqlite3_last_insert_rowid(journal->database);
    return journal_save_deployment(journal, record, err);
}

bool journal_save_deployment(Journal *journal, const DeploymentRecord *record, Error *err)
{
    return database_write(
        journal,
        "UPDATE deployments SET kind = ?, state = ?, version = ?, from_version = ?, slot = ?,"
        " from_slot = ?, source = ?, origin = ?, archive = ?, digest = ?, key_id = ?, instance = "
        "?, proof = ?,"
        " attested = ?, allow_downgrade = ?, started_ms = ?, ended_ms = ?, by = ?, message = ?"
        " WHERE id = ?",
        err, "iissiisisssssiiiissi", (int64_t)record->kind, (int64_t)record->state, record->version,
        record->from_version, (int64_t)record->slot, (int64_t)record->from_slot, record->source,
        (int64_t)record->origin, record->archive, record->digest, record->key_id, record->instance,
        record->proof, (int64_t)record->attested, (int64_t)record->allow_downgrade,
        record->started_ms, record->ended_ms, record->by, record->message, record->id);
}

#define DEPLOYMENT_COLUMNS                                                                         \
    "SELECT id, kind, state, version, from_version, slot, from_slot, source, archive, digest,"     \
    " key_id, instance, proof, attested, allow_downgrade, started_ms, ended_ms, by, message,"      \
    " origin FROM deployments "

static void read_deployment(Statement row, void *item)
{
    DeploymentRecord *out = item;

    memset(out, 0, sizeof *out);
    out->id = column_integer(row, 0);
    out->kind = (DeploymentKind)column_integer(row, 1);
    out->state = (DeploymentState)column_integer(row, 2);
    column_text(row, 3, out->version, sizeof out->version);
    column_text(row, 4, out->from_version, sizeof out->from_version);
    out->slot = (Slot)column_integer(row, 5);
    out->from_slot = (Slot)column_integer(row, 6);
    column_text(row, 7, out->source, sizeof out->source);
    column_text(row, 8, out->archive, sizeof out->archive);
    column_text(row, 9, out->digest, sizeof out->digest);
    column_text(row, 10, out->key_id, sizeof out->key_id);
    column_text(row, 11, out->instance, sizeof out->instance);
    column_text(row, 12, out->proof, sizeof out->proof);
    out->attested = column_integer(row, 13) != 0;
    out->allow_downgrade = column_integer(row, 14) != 0;
    out->started_ms = column_integer(row, 15);
    out->ended_ms = column_integer(row, 16);
    column_text(row, 17, out->by, sizeof out->by);
    column_text(row, 18, out->message, sizeof out->message);
    out->origin = (SourceOrigin)column_integer(row, 19);
}

static bool find_one(Journal *journal, Statement statement, DeploymentRecord *out, bool *found,
                     Error *err)
{
    if (!database_step(journal, statement, found, err))
        return false;
    if (*found)
        read_deployment(statement, out);
    return true;
}

bool journal_find_open(Journal *journal, DeploymentRecord *out, bool *found, Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;

    return database_prepare(journal, DEPLOYMENT_COLUMNS "WHERE state = 0", &statement, err, "") &&
           find_one(journal, statement, out, found, err);
}

bool journal_has_open(Journal *journal)
{
    DeploymentRecord open;
    Error unreadable = {0};
    bool found = false;

    return journal_find_open(journal, &open, &found, &unreadable) && found;
}

bool journal_find_deployment(Journal *journal, int64_t id, DeploymentRecord *out, bool *found,
                             Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;

    return database_prepare(journal, DEPLOYMENT_COLUMNS "WHERE id = ?", &statement, err, "i", id) &&
           find_one(journal, statement, out, found, err);
}

bool journal_list_deployments(Journal *journal, size_t most, DeploymentRecord **out, size_t *count,
                              Error *err)
{
    RowList list = {.read = read_deployment, .item_size = sizeof **out};

    if (!database_list(journal, DEPLOYMENT_COLUMNS "ORDER BY id DESC LIMIT ?", &list, err, "i",
                       (int64_t)most))
        return false;
    *out = list.items;
    *count = list.count;
    return true;
}

bool journal_save_step(Journal *journal, int64_t deployment, const StepRecord *step,
                       const Json *detail, Error *err)
{
    CLEANUP(free) char *line = detail ? json_line(detail) : NULL;

    return database_write(
        journal,
        "INSERT INTO steps(deployment, stage, state, started_ms, took_ms, text, detail)"
        " VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(deployment, stage) DO UPDATE SET"
        " state = excluded.state, started_ms = excluded.started_ms, took_ms ="
        " excluded.took_ms, text = excluded.text, detail = coalesce(excluded.detail,"
        " detail)",
        err, "isiiiss", deployment, step->stage, (int64_t)step->state, step->started_ms,
        step->took_ms, step->text, line);
}

#define STEP_COLUMNS "SELECT stage, state, started_ms, took_ms, text FROM steps "

static void read_step(Statement row, void *item)
{
    StepRecord *out = item;

    memset(out, 0, sizeof *out);
    column_text(row, 0, out->stage, sizeof out->stage);
    out->state = (StepState)column_integer(row, 1);
    out->started_ms = column_integer(row, 2);
    out->took_ms = column_integer(row, 3);
    column_text(row, 4, out->text, sizeof out->text);
}

bool journal_find_step(Journal *journal, int64_t deployment, const char *stage, StepRecord *out,
                       Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;
    bool row = false;

    if (!database_prepare(journal, STEP_COLUMNS "WHERE deployment = ? AND stage = ?", &statement,
                          err, "is", deployment, stage) ||
        !database_step(journal, statement, &row, err))
        return false;
    if (row)
        read_step(statement, out);
    else
        *out = (StepRecord){.state = STEP_UNDONE};
    return true;
}

bool journal_list_steps(Journal *journal, int64_t deployment, StepRecord **out, size_t *count,
                        Error *err)
{
    RowList list = {.read = read_step, .item_size = sizeof **out};

    if (!database_list(journal, STEP_COLUMNS "WHERE deployment = ? ORDER BY rowid", &list, err, "i",
                       deployment))
        return false;
    *out = list.items;
    *count = list.count;
    return true;
}

bool journal_step_detail(Journal *journal, int64_t deployment, const char *stage, Json **out,
                         Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;
    const char *text = NULL;
    bool row = false;

    *out = NULL;
    if (!database_prepare(journal, "SELECT detail FROM steps WHERE deployment = ? AND stage = ?",
                          &statement, err, "is", deployment, stage) ||
        !database_step(journal, statement, &row, err))
        return false;
    text = row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    return !text || json_parse(text, strlen(text), out, err);
}

bool journal_add_event(Journal *journal, int64_t deployment, const EventRecord *event, Error *err)
{
    return database_write(journal,
                          "INSERT INTO events(deployment, wall_ms, stage, kind, text)"
                          " VALUES(?, ?, ?, ?, ?)",
                          err, "iisss", deployment, event->wall_ms, event->stage, event->kind,
                          event->text);
}

static void read_event(Statement row, void *item)
{
    EventRecord *out = item;

    memset(out, 0, sizeof *out);
    out->wall_ms = column_integer(row, 0);
    column_text(row, 1, out->stage, sizeof out->stage);
    column_text(row, 2, out->kind, sizeof out->kind);
    column_text(row, 3, out->text, sizeof out->text);
}

bool journal_list_events(Journal *journal, int64_t deployment, EventRecord **out, size_t *count,
                         Error *err)
{
    RowList list = {.read = read_event, .item_size = sizeof **out};

    if (!database_list(
            journal,
            "SELECT wall_ms, stage, kind, text FROM events WHERE deployment = ? ORDER BY id", &list,
            err, "i", deployment))
        return false;
    *out = list.items;
    *count = list.count;
    return true;
}
