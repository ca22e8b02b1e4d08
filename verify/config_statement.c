/* See config_statement.h. */
#include "verify/config_statement.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "verify/entry_name.h"
#include "verify/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "godeploy-config/1"

static const char *const members[] = {"app",  "sequence", "created", "expires",
                                      "size", "sha256",   NULL};

static bool read_app(const Json *body, ConfigStatement *out, Error *err)
{
    const char *app = NULL;
    char shown[ENTRY_PRINTABLE_SIZE];

    if (!statement_get_text(body, "app", &app, err))
        return false;
    if (strlen(app) >= sizeof out->app)
        return error_set(err, ERR_REFUSED, "\"app\" of the statement is too long: %s",
                         entry_name_printable(app, strlen(app), shown));
    (void)snprintf(out->app, sizeof out->app, "%s", app);
    return true;
}

static bool read_body(const Json *body, ConfigStatement *out, Error *err)
{
    int64_t size = 0;

    if (!read_app(body, out, err) ||
        !statement_get_number(body, "sequence", 1, &out->sequence, err) ||
        !statement_get_time(body, "created", &out->created_ms, err) ||
        !statement_get_number(body, "size", 0, &size, err) ||
        !statement_get_digest(body, "sha256", &out->digest, err))
        return false;
    out->size_bytes = (uint64_t)size;
    if (!json_get(body, "expires"))
        return true;
    return statement_get_time(body, "expires", &out->expires_ms, err) &&
           (out->expires_ms > 0 || error_set(err, ERR_REFUSED, "it expired before 1970"));
}

bool config_statement_read(const char *path, const Keyring *keyring, SignatureScheme scheme,
                           ConfigStatement *out, Error *err)
{
    CLEANUP_STATEMENT Statement statement = {0};
    const StatementRules rules = {keyring, scheme, SCHEMA, members};
    ConfigStatement config = {0};

    if (!statement_read_file(path, &rules, &statement, err))
        return false;
    if (!read_body(statement.body, &config, err))
        return error_while(err, "%s", path);
    memcpy(config.key_id, statement.key_id, sizeof config.key_id);
    *out = config;
    return true;
}

static bool check_expiry(const ConfigStatement *statement, int64_t now_ms, Error *err)
{
    char expires[CLOCK_ISO_SIZE], now[CLOCK_ISO_SIZE];

    if (statement->expires_ms == 0)
        return true;
    if (now_ms < manifest_earliest_clock_ms()) {
        (void)error_set(err, ERR_EXPIRED,
                        "whether the configuration (expires %s) has expired cannot be judged: the "
                        "clock says %s, before the day of this build",
                        clock_format_iso(statement->expires_ms, expires),
                        clock_format_iso(now_ms, now));
        return error_hint(err, "Set the clock of this host.");
    }
    if (now_ms < statement->expires_ms)
        return true;
    (void)error_set(err, ERR_EXPIRED, "the configuration expired at %s, and it is %s",
                    clock_format_iso(statement->expires_ms, expires),
                    clock_format_iso(now_ms, now));
    return error_hint(err, "Have a newer one signed.");
}

bool config_statement_check(const ConfigStatement *statement, const ConfigExpectation *expected,
                            Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];

    if (!text_equal(statement->app, expected->app)) {
        (void)error_set(err, ERR_REFUSED, "it was signed for the app %s, expected %s",
                        entry_name_printable(statement->app, strlen(statement->app), shown),
                        expected->app);
        return error_hint(err, "Push the one that was signed with --name %s.", expected->app);
    }
    if (statement->sequence <= expected->after) {
        (void)error_set(err, ERR_DOWNGRADE,
                        "its sequence number is %" PRId64 ", and %" PRId64 " was accepted before",
                        statement->sequence, expected->after);
        return error_hint(err, "Sign it anew with a higher --sequence; `godeploy config rollback` "
                               "brings the one before back.");
    }
    return check_expiry(statement, expected->now_ms, err);
}

bool config_statement_matches(const ConfigStatement *statement, const void *bytes, size_t length,
                              Error *err)
{
    char found[DIGEST_HEX_SIZE], promised[DIGEST_HEX_SIZE];
    Digest digest;

    if (!digest_bytes(bytes, length, &digest, err))
        return false;
    if (length == statement->size_bytes && digest_equal(&digest, &statement->digest))
        return true;
    (void)error_set(err, ERR_DIGEST_MISMATCH,
                    "it has %zu bytes and SHA-256 %s, signed were %" PRIu64 " bytes and %s", length,
                    digest_to_hex(&digest, found), statement->size_bytes,
                    digest_to_hex(&statement->digest, promised));
    return error_hint(err,
                      "It was changed after it was signed: have it signed again, or fetch both "
                      "again.");
}

bool config_statement_measure(const char *file, ConfigStatement *statement, Error *err)
{
    CLEANUP(free) char *content = NULL;
    size_t length = 0;

    if (!file_read_all(file, CONFIG_FILE_LIMIT, &content, &length, err) ||
        !digest_bytes(content, length, &statement->digest, err))
        return false;
    statement->size_bytes = length;
    return true;
}

bool config_statement_sign(const Signer *signer, SignatureScheme scheme,
                           const ConfigStatement *statement, const char *path, Error *err)
{
    CLEANUP(json_free) Json *body = json_new_object();
    char time[CLOCK_ISO_SIZE], hex[DIGEST_HEX_SIZE];

    (void)json_put_text(body, "schema", SCHEMA);
    (void)json_put_text(body, "app", statement->app);
    (void)json_put_integer(body, "sequence", statement->sequence);
    (void)json_put_text(body, "created", clock_format_iso(statement->created_ms, time));
    if (statement->expires_ms != 0)
        (void)json_put_text(body, "expires", clock_format_iso(statement->expires_ms, time));
    (void)json_put_integer(body, "size", (int64_t)statement->size_bytes);
    (void)json_put_text(body, "sha256", digest_to_hex(&statement->digest, hex));
    return statement_write_file(signer, scheme, body, path, err);
}
