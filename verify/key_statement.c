/* See key_statement.h. */
#include "verify/key_statement.h"

#include "base/clock.h"
#include "base/text.h"
#include "verify/base64.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "godeploy-key/1"

static const char *const members[] = {"created", "key", NULL};

static bool read_body(const char *path, const Json *body, PublicKey **out, Error *err)
{
    CLEANUP(free) uint8_t *der = NULL;
    const char *text = NULL;
    size_t length = 0;
    int64_t created_ms = 0;

    return statement_get_time(body, "created", &created_ms, err) &&
           statement_get_text(body, "key", &text, err) &&
           base64_decode(text, strlen(text), &der, &length, err) &&
           public_key_from_der(der, length, path, out, err);
}

bool key_statement_read(const char *path, const Keyring *keyring, SignatureScheme scheme,
                        PublicKey **out, Error *err)
{
    CLEANUP_STATEMENT Statement statement = {0};
    const StatementRules rules = {keyring, scheme, SCHEMA, members};

    if (!statement_read_file(path, &rules, &statement, err))
        return false;
    return read_body(path, statement.body, out, err) || error_while(err, "%s", path);
}

bool key_statement_sign(const Signer *signer, SignatureScheme scheme, const char *key_path,
                        const char *statement_path, Error *err)
{
    CLEANUP(json_free) Json *body = json_new_object();
    CLEANUP(public_key_free) PublicKey *key = NULL;
    CLEANUP(free) uint8_t *der = NULL;
    CLEANUP_TEXT Text text = {0};
    char now[CLOCK_ISO_SIZE];
    size_t length = 0;

    if (!public_key_load(key_path, &key, err) || !public_key_to_der(key, &der, &length, err))
        return false;
    if (text_equal(public_key_id(key), signer_key_id(signer)))
        return error_set(err, ERR_USAGE, "key %s cannot announce itself", public_key_id(key));
    base64_append(&text, der, length);
    if (!text_ok(&text, err))
        return false;
    (void)json_put_text(body, "schema", SCHEMA);
    (void)json_put_text(body, "created", clock_format_iso(clock_wall_ms(), now));
    (void)json_put_text(body, "key", text_chars(&text));
    return statement_write_file(signer, scheme, body, statement_path, err);
}

/* ---- the ring grows ---- */

static bool add_one(Keyring *keyring, const char *path, SignatureScheme scheme, Error *err)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;

    return key_statement_read(path, keyring, scheme, &key, err) &&
           keyring_add(keyring, TAKE(key), err);
}

typedef struct Announced {
    const TextList *statements;
    bool *believed; /* one each */
    size_t left;
} Announced;

/* One round over the statements that are still to be believed. */
static void add_round(Keyring *keyring, Announced *announced, SignatureScheme scheme, Error *err)
{
    for (size_t i = 0; i < announced->statements->count; i++) {
        if (announced->believed[i] ||
            !add_one(keyring, announced->statements->items[i], scheme, err))
            continue;
        announced->believed[i] = true;
        announced->left--;
    }
}

bool keyring_add_announced(Keyring *keyring, const TextList *statements, SignatureScheme scheme,
                           Error *err)
{
    CLEANUP(free) bool *believed = calloc(statements->count + 1, sizeof *believed);
    Announced announced = {statements, believed, statements->count};
    size_t before = 0;
    Error why = {0};

    if (!believed)
        return error_memory(err);
    do {
        before = announced.left;
        add_round(keyring, &announced, scheme, &why);
    } while (announced.left > 0 && announced.left < before);
    if (announced.left == 0)
        return true;
    *err = why; /* of the last one that could not be believed */
    (void)error_while(err, "a key that was announced");
    return error_hint(err, "Have it signed by a key of verify.rsa.keys that is not denied, or take "
                           "it out of verify.rsa.announced.");
}
