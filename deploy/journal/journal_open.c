/* See journal_open() in journal.h: its tables, and the two ways to open it. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "deploy/journal/journal.h"
#include "deploy/journal/journal_database.h"

#include <string.h>

enum { JOURNAL_SCHEMA = 1, JOURNAL_BUSY_MS = 5000, WAL_POLL_MS = 2 };

/* The partial index is what makes "at most one open deployment" true whatever the callers do. */
static const char schema[] =
    "CREATE TABLE deployments(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, version TEXT, from_version TEXT, slot INTEGER, from_slot INTEGER,"
    " source TEXT, origin INTEGER, archive TEXT, digest TEXT, key_id TEXT, instance TEXT, proof "
    "TEXT, attested "
    "INTEGER,"
    " allow_downgrade INTEGER, started_ms INTEGER, ended_ms INTEGER, by TEXT, message TEXT);"
    "CREATE UNIQUE INDEX one_open ON deployments(state) WHERE state = 0;"
    "CREATE TABLE steps(deployment INTEGER NOT NULL REFERENCES deployments(id), stage TEXT NOT "
    "NULL,"
    " state INTEGER NOT NULL, started_ms INTEGER, took_ms INTEGER, text TEXT, detail TEXT,"
    " PRIMARY KEY(deployment, stage));"
    "CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, deployment INTEGER, wall_ms INTEGER,"
    " stage TEXT, kind TEXT, text TEXT);"
    "CREATE INDEX events_of ON events(deployment);"
    "CREATE TABLE releases(version TEXT PRIMARY KEY, state INTEGER NOT NULL, digest TEXT,"
    " manifest TEXT, key_id TEXT, attested INTEGER, size_bytes INTEGER, unpacked_ms INTEGER,"
    " served_ms INTEGER);"
    "CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);";

static bool read_schema_version(Journal *journal, int64_t *version, Error *err)
{
    CLEANUP(statement_end) Statement statement = NULL;
    bool row = false;

    if (!database_prepare(journal, "PRAGMA user_version", &statement, err, "") ||
        !database_step(journal, statement, &row, err))
        return false;
    *version = row ? column_integer(statement, 0) : 0;
    return true;
}

static bool too_new(const Journal *journal, int64_t version, Error *err)
{
    (void)error_set(err, ERR_JOURNAL, "%s was written by a newer godeploy (schema %d, known is %d)",
                    journal->path, (int)version, JOURNAL_SCHEMA);
    return error_hint(err, "Use the godeploy that wrote it, or a newer one.");
}

/* Another godeploy may open the new journal at this very moment: who is second finds it made. */
static bool make_schema(Journal *journal, Error *err)
{
    int64_t version = 0;

    if (!database_run(journal, "BEGIN IMMEDIATE", err) ||
        !read_schema_version(journal, &version, err))
        return false;
    if (version == 0 && (!database_run(journal, schema, err) ||
                         !database_run(journal, "PRAGMA user_version = 1", err)))
        return false;
    return database_run(journal, "COMMIT", err);
}

/* For the change to WAL alone SQLite does not wait by itself: two who wait for each other's lock
 * would wait for ever. */
static bool use_wal(Journal *journal, Error *err)
{
    int64_t deadline = clock_monotonic_ms() + JOURNAL_BUSY_MS;

    while (!database_run(journal, "PRAGMA journal_mode = WAL", err)) {
        if ((sqlite3_errcode(journal->database) & 0xff) != SQLITE_BUSY ||
            clock_monotonic_ms() >= deadline)
            return false;
        *err = (Error){0};
        (void)clock_sleep_ms(WAL_POLL_MS); /* Ctrl-C is looked at by the stages */
    }
    return true;
}

/* *made is false where the journal was never more than an empty file. */
static bool prepare_database(Journal *journal, JournalMode mode, bool *made, Error *err)
{
    int64_t version = 0;

    if (sqlite3_busy_timeout(journal->database, JOURNAL_BUSY_MS) != SQLITE_OK)
        return database_error(journal, "setting the busy timeout", err);
    if (mode == JOURNAL_CREATE &&
        (!use_wal(journal, err) || !database_run(journal, "PRAGMA synchronous = FULL", err)))
        return false;
    if (!read_schema_version(journal, &version, err))
        return false;
    if (version > JOURNAL_SCHEMA)
        return too_new(journal, version, err);
    *made = version > 0 || mode == JOURNAL_CREATE;
    return version > 0 || mode == JOURNAL_LOOK || make_schema(journal, err);
}

typedef struct Opening {
    const char *path;
    const char *uri; /* NULL: the path */
    int flags;
    JournalMode mode;
} Opening;

static bool open_database(const Opening *how, Journal **out, Error *err)
{
    CLEANUP(journal_close) Journal *journal = calloc(1, sizeof *journal);
    bool made = false;

    if (!journal || !(journal->path = text_copy(how->path)))
        return error_memory(err);
    if (sqlite3_open_v2(how->uri ? how->uri : how->path, &journal->database,
                        how->flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return database_error(journal, "opening", err);
    if (!prepare_database(journal, how->mode, &made, err))
        return false;
    *out = made ? TAKE(journal) : NULL;
    return true;
}

/* ---- looking where nothing can be written ---- */

/* What is in the log is not in the database yet: without it, it would tell of the past. */
static bool is_all_in_one_file(const char *path)
{
    CLEANUP(free) char *log = text_formatted("%s-wal", path);
    uint64_t size = 0;
    Error ignored = {0};

    return log && (!file_exists(log) || (file_size_of(log, &size, &ignored) && size == 0));
}

/* A path as a file URI. Source: https://www.sqlite.org/uri.html, 3.1. */
static void append_uri(Text *out, const char *path)
{
    text_append(out, path[0] == '/' ? "file:" : "file:/");
    for (; *path; path++) {
        if (*path == '?' || *path == '#' || *path == '%')
            text_appendf(out, "%%%02x", (unsigned)*path);
        else
            text_append_bytes(out, *path == '\\' ? "/" : path, 1);
    }
}

/* Even to read it SQLite makes a file beside it, which a full disk or one that is mounted read-only
 * does not have. But that is when somebody wants to know what serves. */
static bool open_untouched(const char *path, Journal **out, Error *err)
{
    CLEANUP_TEXT Text uri = {0};
    Opening how = {
        .path = path, .flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, .mode = JOURNAL_LOOK};

    append_uri(&uri, path);
    text_append(&uri, "?immutable=1");
    how.uri = text_chars(&uri);
    return text_ok(&uri, err) && open_database(&how, out, err);
}

static bool look_into(const char *path, Journal **out, Error *err)
{
    const Opening plain = {.path = path, .flags = SQLITE_OPEN_READWRITE, .mode = JOURNAL_LOOK};
    Error untouched = {0};

    if (open_database(&plain, out, err))
        return true;
    if ((err->code != ERR_DISK_FULL && err->code != ERR_PERMISSION) || !is_all_in_one_file(path) ||
        !open_untouched(path, out, &untouched))
        return false;
    *err = (Error){0};
    return true;
}

/* "There is none" must not be said by somebody who is not allowed to see it. */
static bool may_be_seen(const char *path, Error *err)
{
    uint64_t size = 0;
    Error why = {0};

    if (file_exists(path) || file_size_of(path, &size, &why) || why.code != ERR_PERMISSION)
        return true;
    *err = why;
    return error_hint(err, "Run it as the user who deploys.");
}

bool journal_open(const char *path, JournalMode mode, Journal **out, Error *err)
{
    const Opening new = {
        .path = path, .flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, .mode = mode};

    if (mode == JOURNAL_CREATE)
        return open_database(&new, out, err);
    if (!may_be_seen(path, err))
        return false;
    if (file_exists(path))
        return look_into(path, out, err);
    *out = NULL;
    return true;
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    (void)sqlite3_close_v2(journal->database); /* everything was committed or is meant to be lost */
    free(journal->path);
    free(journal);
}
