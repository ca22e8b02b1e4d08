/* journal: the facts, of which there is one each: what serves, who runs in a slot, the hold, the
 * pause, how the open deployment moves its traffic and whose trace it is part of, the mark. */
#include "deploy/journal/journal.h"

#include "base/text.h"
#include "deploy/journal/journal_database.h"

#include <stdio.h>
#include <string.h>

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

bool journal_trace(Journal *journal, int64_t deployment, char out[JOURNAL_LINE_SIZE], Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    out[0] = '\0';
    if (!read_fact(journal, "trace", &fact, err))
        return false;
    if (json_get_integer(fact, "deployment", 0) == deployment)
        copy_text(fact, "parent", out, JOURNAL_LINE_SIZE);
    return true;
}

bool journal_save_trace(Journal *journal, int64_t deployment, const char *traceparent, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_integer(fact, "deployment", deployment);
    (void)json_put_text(fact, "parent", traceparent);
    return write_fact(journal, "trace", fact, err);
}

bool journal_config(Journal *journal, ConfigRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "config", &fact, err))
        return false;
    memset(out, 0, sizeof *out);
    out->sequence = json_get_integer(fact, "sequence", 0);
    out->previous = json_get_integer(fact, "previous", CONFIG_NOWHERE);
    out->highest = json_get_integer(fact, "highest", 0);
    out->trying = json_get_integer(fact, "trying", CONFIG_NOWHERE);
    copy_text(fact, "digest", out->digest, sizeof out->digest);
    copy_text(fact, "key", out->key_id, sizeof out->key_id);
    copy_text(fact, "by", out->by, sizeof out->by);
    out->since_ms = json_get_integer(fact, "since_ms", 0);
    return true;
}

bool journal_save_config(Journal *journal, const ConfigRecord *config, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_integer(fact, "sequence", config->sequence);
    (void)json_put_integer(fact, "previous", config->previous);
    (void)json_put_integer(fact, "highest", config->highest);
    (void)json_put_integer(fact, "trying", config->trying);
    (void)json_put_text(fact, "digest", config->digest);
    (void)json_put_text(fact, "key", config->key_id);
    (void)json_put_text(fact, "by", config->by);
    (void)json_put_integer(fact, "since_ms", config->since_ms);
    return write_fact(journal, "config", fact, err);
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

bool journal_pause(Journal *journal, PauseRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "pause", &fact, err))
        return false;
    memset(out, 0, sizeof *out);
    copy_text(fact, "by", out->by, sizeof out->by);
    copy_text(fact, "message", out->message, sizeof out->message);
    copy_text(fact, "page", out->page, sizeof out->page);
    out->maintenance = json_get_bool(fact, "maintenance", false);
    out->wait_ms = json_get_integer(fact, "wait_ms", 0);
    out->since_ms = json_get_integer(fact, "since_ms", 0);
    return true;
}

bool journal_save_pause(Journal *journal, const PauseRecord *pause, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_text(fact, "by", pause->by);
    (void)json_put_text(fact, "message", pause->message);
    (void)json_put_text(fact, "page", pause->page);
    (void)json_put_bool(fact, "maintenance", pause->maintenance);
    (void)json_put_integer(fact, "wait_ms", pause->wait_ms);
    (void)json_put_integer(fact, "since_ms", pause->since_ms);
    return write_fact(journal, "pause", fact, err);
}

bool journal_rollout(Journal *journal, int64_t deployment, RolloutRecord *out, Error *err)
{
    CLEANUP(json_free) Json *fact = NULL;

    if (!read_fact(journal, "rollout", &fact, err))
        return false;
    memset(out, 0, sizeof *out);
    out->deployment = deployment;
    if (json_get_integer(fact, "deployment", 0) != deployment)
        return true;
    copy_text(fact, "salt", out->salt, sizeof out->salt);
    out->exclusive = json_get_bool(fact, "exclusive", false);
    out->share_ppm = json_get_integer(fact, "share_ppm", 0);
    out->waits = json_get_bool(fact, "waits", false);
    return true;
}

bool journal_save_rollout(Journal *journal, const RolloutRecord *rollout, Error *err)
{
    CLEANUP(json_free) Json *fact = json_new_object();

    (void)json_put_integer(fact, "deployment", rollout->deployment);
    (void)json_put_text(fact, "salt", rollout->salt);
    (void)json_put_bool(fact, "exclusive", rollout->exclusive);
    (void)json_put_integer(fact, "share_ppm", rollout->share_ppm);
    (void)json_put_bool(fact, "waits", rollout->waits);
    return write_fact(journal, "rollout", fact, err);
}
