/* See config_push.h. */
#include "deploy/config_push.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/path.h"
#include "base/platform.h"
#include "deploy/config_reload.h"
#include "deploy/instance.h"
#include "deploy/release/release_keys.h"
#include "deploy/revive.h"
#include "verify/config_statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_MODE = 0600 };

/* One configuration as bytes. */
typedef struct Config {
    char *bytes; /* NULL: there is none */
    size_t length;
} Config;

static void config_free(Config *config)
{
    free(config->bytes);
}
#define CLEANUP_CONFIG __attribute__((cleanup(config_free)))

/* ---- the copies ---- */

/* `end` is "" for the content, ".sig" for the statement about it. */
static char *copy_path(const App *app, int64_t sequence, const char *end)
{
    char name[32];

    (void)snprintf(name, sizeof name, "%" PRId64 "%s", sequence, end);
    return app_path_in(app, "configs", name);
}

static bool keep_copy(const App *app, int64_t sequence, const char *end, const Config *config,
                      Error *err)
{
    CLEANUP(free) char *folder = app_path(app, "configs");
    CLEANUP(free) char *path = copy_path(app, sequence, end);

    if (!folder || !path)
        return error_memory(err);
    return folder_create(folder, err) &&
           file_write_durable(path, config->bytes, config->length, CONFIG_MODE, err);
}

static bool load_copy(const App *app, int64_t sequence, Config *out, Error *err)
{
    CLEANUP(free) char *path = copy_path(app, sequence, "");

    if (!path)
        return error_memory(err);
    if (!file_exists(path))
        return true; /* there was no file before us */
    return file_read_all(path, CONFIG_FILE_LIMIT, &out->bytes, &out->length, err);
}

/* Before the first push of all, what the administrator put there is kept under 0. */
static bool keep_what_was_there(const App *app, const ConfigRecord *record, Error *err)
{
    const char *path = app->settings->config.file;
    CLEANUP_CONFIG Config config = {0};

    if (record->since_ms != 0 || !file_exists(path))
        return true;
    return file_read_all(path, CONFIG_FILE_LIMIT, &config.bytes, &config.length, err) &&
           keep_copy(app, 0, "", &config, err);
}

/* Both halves of what was verified, so that it can be verified again when it is gone back to. */
static bool keep_signed(const App *app, const char *file, int64_t sequence, const Config *config,
                        Error *err)
{
    CLEANUP(free) char *path = text_formatted("%s.sig", file);
    CLEANUP_CONFIG Config statement = {0};

    if (!path)
        return error_memory(err);
    return file_read_all(path, STATEMENT_LIMIT, &statement.bytes, &statement.length, err) &&
           keep_copy(app, sequence, ".sig", &statement, err) &&
           keep_copy(app, sequence, "", config, err);
}

static bool is_copy_of(const char *name, int64_t sequence)
{
    char plain[24], signature[32];

    (void)snprintf(plain, sizeof plain, "%" PRId64, sequence);
    (void)snprintf(signature, sizeof signature, "%s.sig", plain);
    return text_equal(name, plain) || text_equal(name, signature);
}

/* Nobody goes back further than one step: what neither is in place nor was before is not kept. What
 * cannot be removed now is tried again after the next change. */
static void forget_others(const App *app, const ConfigRecord *record)
{
    CLEANUP(free) char *folder = app_path(app, "configs");
    CLEANUP_TEXT_LIST TextList names = {0};
    Error ignored = {0};

    if (!folder || !folder_list(folder, &names, &ignored))
        return;
    for (size_t i = 0; i < names.count; i++) {
        CLEANUP(free) char *path = path_join(folder, names.items[i]);

        if (path && !is_copy_of(names.items[i], record->sequence) &&
            !is_copy_of(names.items[i], record->previous))
            (void)file_remove(path, &ignored);
    }
}

static bool put_in_place(const App *app, const Config *config, Error *err)
{
    const char *path = app->settings->config.file;

    if (!config->bytes)
        return file_remove(path, err);
    return file_replace_durable(path, config->bytes, config->length, CONFIG_MODE, err);
}

/* ---- is it to be believed? ---- */

static bool read_statement(const App *app, const char *path, ConfigStatement *out, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;

    if (!file_exists(path)) {
        (void)error_set(err, ERR_SIGNATURE, "there is no %s", path);
        return error_hint(err, "`godeploy sign --config` makes it.");
    }
    return release_keys_load(app->settings, &keyring, &scheme, err) &&
           config_statement_read(path, keyring, scheme, out, err);
}

/* The statement beside `file`, if that is one to be taken now. */
static bool read_wanted(const App *app, const char *file, const ConfigRecord *record,
                        ConfigStatement *out, Error *err)
{
    CLEANUP(free) char *path = text_formatted("%s.sig", file);
    const ConfigExpectation expected = {
        .app = app->settings->app, .after = record->highest, .now_ms = clock_wall_ms()};

    if (!path)
        return error_memory(err);
    return (read_statement(app, path, out, err) && config_statement_check(out, &expected, err)) ||
           error_while(err, "verifying %s", file);
}

static bool read_promised(const char *file, const ConfigStatement *statement, Config *out,
                          Error *err)
{
    return (file_read_all(file, CONFIG_FILE_LIMIT, &out->bytes, &out->length, err) &&
            config_statement_matches(statement, out->bytes, out->length, err)) ||
           error_while(err, "verifying %s", file);
}

/* One that served before may come back whatever its number, but not from a key that was denied
 * since, nor changed. What was there before us was never signed. */
static bool load_verified(const App *app, int64_t sequence, Config *out, ConfigRecord *record,
                          Error *err)
{
    CLEANUP(free) char *path = copy_path(app, sequence, ".sig");
    ConfigStatement statement = {0};

    if (!path)
        return error_memory(err);
    if (!load_copy(app, sequence, out, err) || sequence == 0)
        return err->code == ERR_NONE;
    if (!read_statement(app, path, &statement, err) ||
        !config_statement_matches(&statement, out->bytes, out->length, err))
        return error_while(err, "verifying %s", path);
    (void)digest_to_hex(&statement.digest, record->digest);
    (void)snprintf(record->key_id, sizeof record->key_id, "%s", statement.key_id);
    return true;
}

/* ---- may anything be changed now? ---- */

static bool is_ready(const App *app, Error *err)
{
    if (!app->settings->config.file) {
        (void)error_set(err, ERR_SETTINGS, "the settings name no configuration of the service");
        return error_hint(err, "Set config.file.");
    }
    if (journal_has_open(app->journal)) {
        (void)error_set(err, ERR_STATE, "a deployment is open");
        return error_hint(err,
                          "`godeploy deploy --resume` finishes it, `godeploy abort` undoes it.");
    }
    return config_mend(app, err);
}

/* ---- trying one ---- */

static bool save(const App *app, const ConfigRecord *record, Error *err)
{
    return journal_save_config(app->journal, record, err);
}

/* What is tried is taken back, whatever it was. The intent stays in the journal until the file is
 * back, so that this too can be repeated. */
static bool take_back(const App *app, const ConfigRecord *before, Error *err)
{
    CLEANUP_CONFIG Config old = {0};
    ConfigRecord settled = *before;
    bool told = false;

    settled.trying = CONFIG_NOWHERE;
    return load_copy(app, before->sequence, &old, err) && put_in_place(app, &old, err) &&
           save(app, &settled, err) && config_reload(app, &told, err);
}

static bool try_it(const App *app, const Config *config, bool *told, Error *err)
{
    return put_in_place(app, config, err) && config_reload(app, told, err) &&
           (!*told || config_watch(app, err));
}

/* The word itself may have ended the service (SIGHUP does where nobody handles it): it must not
 * stay down until its supervisor's time has come. *again: it was down, and answers now. */
static bool bring_back(const App *app, bool *again, Error *err)
{
    ServingRecord serving = {0};
    Instance instance = {0};

    *again = false;
    if (!journal_serving(app->journal, &serving, err))
        return false;
    instance = (Instance){.version = serving.version, .slot = serving.slot, .id = serving.instance};
    if (serving.version[0] == '\0' || instance_runs(app, &instance))
        return true;
    *again = revive_instance(app, serving.version, serving.slot, serving.instance, err);
    return *again;
}

static bool still_in_trouble(const char *what, const Error *trouble, Error *err)
{
    (void)error_while(err, "and %s (%.400s)", what, trouble->message);
    err->code = ERR_STATE;
    return error_hint(err, "The next command tries again: `godeploy deploy --resume`.");
}

static bool tried_in_vain(const App *app, const ConfigRecord *before, Error *err)
{
    const bool interrupted = err->code == ERR_INTERRUPTED;
    Error trouble = {0};
    bool back = false, answers = false, again = false;

    interrupt_hold();
    back = take_back(app, before, &trouble);
    answers = back && bring_back(app, &again, &trouble);
    interrupt_release();
    if (!back)
        return still_in_trouble("the configuration before could not be put back", &trouble, err);
    if (!answers)
        return still_in_trouble("the service does not run", &trouble, err);
    if (err->code == ERR_UNHEALTHY)
        err->code = ERR_FLIPPED_BACK;
    if (!interrupted)
        (void)error_hint(err, "`godeploy logs` shows what the service wrote.");
    return error_serves(err, "the configuration before (%" PRId64 ") is in place again%s",
                        before->sequence, again ? "; the service had ended, and runs again" : "");
}

/* Intent, effect, outcome. `now` is how the record stands where it goes well. */
static bool change(const App *app, const Config *config, ConfigOutcome *outcome, Error *err)
{
    ConfigRecord *next = &outcome->now;
    ConfigRecord trying = outcome->before;

    trying.trying = next->sequence;
    next->trying = CONFIG_NOWHERE;
    next->since_ms = clock_wall_ms();
    (void)platform_who(next->by);
    if (!save(app, &trying, err))
        return false;
    if (!try_it(app, config, &outcome->told, err))
        return tried_in_vain(app, &outcome->before, err);
    if (!save(app, next, err))
        return false;
    forget_others(app, next);
    return true;
}

/* ---- the ways in ---- */

bool config_push(const App *app, const char *file, ConfigOutcome *out, Error *err)
{
    CLEANUP_CONFIG Config config = {0};
    ConfigStatement statement = {0};
    ConfigRecord before = {0};

    if (!is_ready(app, err) || !journal_config(app->journal, &before, err) ||
        !read_wanted(app, file, &before, &statement, err) ||
        !read_promised(file, &statement, &config, err) || !keep_what_was_there(app, &before, err) ||
        !keep_signed(app, file, statement.sequence, &config, err))
        return false;
    *out = (ConfigOutcome){.before = before};
    out->now.sequence = out->now.highest = statement.sequence;
    out->now.previous = before.sequence;
    (void)digest_to_hex(&statement.digest, out->now.digest);
    (void)snprintf(out->now.key_id, sizeof out->now.key_id, "%s", statement.key_id);
    return change(app, &config, out, err) ||
           error_while(err, "pushing configuration %" PRId64, statement.sequence);
}

bool config_rollback(const App *app, ConfigOutcome *out, Error *err)
{
    CLEANUP_CONFIG Config config = {0};
    ConfigRecord before = {0};

    if (!is_ready(app, err) || !journal_config(app->journal, &before, err))
        return false;
    if (before.previous == CONFIG_NOWHERE) {
        (void)error_set(err, ERR_NO_RELEASE, "there is no configuration to go back to");
        return error_hint(err, "`godeploy config push FILE` puts one in place.");
    }
    *out = (ConfigOutcome){.before = before};
    out->now = (ConfigRecord){
        .sequence = before.previous, .previous = before.sequence, .highest = before.highest};
    return (load_verified(app, before.previous, &config, &out->now, err) &&
            change(app, &config, out, err)) ||
           error_while(err, "going back to configuration %" PRId64, before.previous);
}

bool config_mend(const App *app, Error *err)
{
    ConfigRecord record = {0};

    if (!journal_config(app->journal, &record, err))
        return false;
    if (record.trying == CONFIG_NOWHERE)
        return true;
    return take_back(app, &record, err) ||
           error_while(err, "taking configuration %" PRId64 " back", record.trying);
}
