/* See statement.h. */
#include "verify/statement.h"

#include "base/clock.h"
#include "base/file/file.h"
#include "base/text.h"
#include "verify/base64.h"
#include "verify/entry_name.h"
#include "verify/signature.h"

#include <stdlib.h>
#include <string.h>

enum { STATEMENT_MODE = 0644 };

/* ---- the two lines ---- */

typedef struct Lines {
    const char *body;
    size_t body_length;
    const char *seal;
    size_t seal_length;
} Lines;

/* Exactly two lines, each with its line end: whatever else there is would be signed by nobody. */
static bool split(const char *bytes, size_t length, Lines *out, Error *err)
{
    const char *first = length > 0 ? memchr(bytes, '\n', length) : NULL;
    const char *second = NULL;

    if (first) {
        const size_t rest = length - (size_t)(first + 1 - bytes);

        second = rest > 0 ? memchr(first + 1, '\n', rest) : NULL;
    }
    if (!second || second + 1 != bytes + length) {
        (void)error_set(err, ERR_REFUSED,
                        "it is no signed statement: expected two lines, the statement and its "
                        "signature");
        return error_hint(err, "`godeploy sign` makes one, with --config or --announce.");
    }
    *out = (Lines){bytes, (size_t)(first - bytes), first + 1, (size_t)(second - first - 1)};
    return true;
}

static bool check_seal(const Lines *lines, const StatementRules *rules, char key_id[KEY_ID_SIZE],
                       Error *err)
{
    CLEANUP(free) uint8_t *signature = NULL;
    SignatureVerdict verdict = {0};
    Digest digest;
    SignatureClaim claim = {.scheme = rules->scheme, .content = &digest};

    if (!base64_decode(lines->seal, lines->seal_length, &signature, &claim.length, err))
        return error_while(err, "the signature of the statement");
    claim.bytes = signature;
    if (!digest_bytes(lines->body, lines->body_length, &digest, err) ||
        !signature_check(rules->keyring, &claim, &verdict, err))
        return false;
    memcpy(key_id, verdict.key_id, KEY_ID_SIZE);
    return true;
}

/* ---- the role ---- */

static bool is_member(const StatementRules *rules, const char *key)
{
    const char *const *member = rules->members;

    if (text_equal(key, "schema"))
        return true;
    while (*member && !text_equal(*member, key))
        member++;
    return *member != NULL;
}

static bool check_role(const Json *body, const StatementRules *rules, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE];
    const char *schema = json_get_text(body, "schema");

    if (!schema)
        return error_set(err, ERR_REFUSED, "the statement does not say what it is (\"schema\")");
    if (!text_equal(schema, rules->schema))
        return error_set(err, ERR_REFUSED, "the statement is a \"%s\", expected a \"%s\"",
                         entry_name_printable(schema, strlen(schema), shown), rules->schema);
    for (size_t i = 0; i < json_count(body); i++) {
        const char *key = json_key(body, i);

        if (!is_member(rules, key))
            return error_set(err, ERR_REFUSED, "the statement has an unknown member \"%s\"",
                             entry_name_printable(key, strlen(key), shown));
    }
    return true;
}

bool statement_open(const char *bytes, size_t length, const StatementRules *rules, Statement *out,
                    Error *err)
{
    CLEANUP(json_free) Json *json = NULL;
    Statement statement = {0};
    Lines lines = {0};

    if (!split(bytes, length, &lines, err) || !check_seal(&lines, rules, statement.key_id, err))
        return false;
    if (!json_parse(lines.body, lines.body_length, &json, err)) {
        if (err->code == ERR_JSON)
            err->code = ERR_REFUSED;
        return false;
    }
    if (!check_role(json, rules, err))
        return false;
    statement.body = TAKE(json);
    *out = statement;
    return true;
}

void statement_free(Statement *statement)
{
    json_free(statement->body);
}

bool statement_read_file(const char *path, const StatementRules *rules, Statement *out, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    if (!file_exists(path))
        return error_set(err, ERR_SIGNATURE, "there is no signed statement at %s", path);
    if (!file_read_all(path, STATEMENT_LIMIT, &bytes, &length, err))
        return error_as(err, ERR_SIGNATURE);
    return statement_open(bytes, length, rules, out, err) || error_while(err, "%s", path);
}

/* ---- making one ---- */

bool statement_write_file(const Signer *signer, SignatureScheme scheme, const Json *body,
                          const char *path, Error *err)
{
    CLEANUP(free) char *line = json_line(body);
    CLEANUP(free) uint8_t *signature = NULL;
    CLEANUP_TEXT Text file = {0};
    size_t length = 0;
    Digest digest;

    if (!line)
        return error_memory(err);
    if (!digest_bytes(line, strlen(line), &digest, err) ||
        !signer_sign_digest(signer, scheme, &digest, &signature, &length, err))
        return false;
    text_append(&file, line);
    text_append(&file, "\n");
    base64_append(&file, signature, length);
    text_append(&file, "\n");
    return text_ok(&file, err) &&
           file_write_durable(path, file.bytes, file.length, STATEMENT_MODE, err);
}

/* ---- members ---- */

bool statement_get_text(const Json *body, const char *name, const char **out, Error *err)
{
    const char *text = json_get_text(body, name);

    if (!text)
        return error_set(err, ERR_REFUSED, "\"%s\" of the statement is missing or no text", name);
    *out = text;
    return true;
}

bool statement_get_time(const Json *body, const char *name, int64_t *out_ms, Error *err)
{
    const char *text = NULL;

    if (!statement_get_text(body, name, &text, err))
        return false;
    return clock_parse_iso(text, out_ms) ||
           error_set(err, ERR_REFUSED, "\"%s\" of the statement is no time of RFC 3339", name);
}

bool statement_get_number(const Json *body, const char *name, int64_t least, int64_t *out,
                          Error *err)
{
    const Json *number = json_get(body, name);

    if (json_kind(number) != JSON_KIND_INTEGER || json_as_integer(number, least - 1) < least)
        return error_set(err, ERR_REFUSED,
                         "\"%s\" of the statement is missing or no whole number from %lld", name,
                         (long long)least);
    *out = json_as_integer(number, least);
    return true;
}

bool statement_get_digest(const Json *body, const char *name, Digest *out, Error *err)
{
    const char *hex = NULL;

    if (!statement_get_text(body, name, &hex, err))
        return false;
    return digest_from_hex(hex, out) ||
           error_set(err, ERR_REFUSED, "\"%s\" of the statement is no SHA-256 in hex", name);
}
