/* See keyring.h. */
#include "verify/keyring.h"

#include <stdlib.h>
#include <string.h>

typedef struct Entry {
    PublicKey *key;
    bool denied;
} Entry;

struct Keyring {
    Entry *entries;
    size_t count;
    TextList deny;
};

void keyring_free(Keyring *keyring)
{
    if (!keyring)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        public_key_free(keyring->entries[i].key);
    free(keyring->entries);
    text_list_free(&keyring->deny);
    free(keyring);
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'F')
        return (char)(c - 'A' + 'a');
    return c;
}

/* Both are hex; the deny list may be written in any case. */
static bool same_id(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool key_id_is_on(const TextList *ids, const char *id)
{
    for (size_t i = 0; ids && i < ids->count; i++)
        if (same_id(id, ids->items[i]))
            return true;
    return false;
}

/* A mistyped id would deny nothing, in silence. */
static bool check_deny_list(const TextList *deny, Error *err)
{
    for (size_t i = 0; deny && i < deny->count; i++) {
        const char *id = deny->items[i];

        if (strlen(id) == KEY_ID_SIZE - 1 &&
            strspn(id, "0123456789abcdefABCDEF") == KEY_ID_SIZE - 1)
            continue;
        error_set(err, ERR_SETTINGS,
                  "\"%s\" on the deny list is no key id, expected 16 hex characters", id);
        return error_hint(err,
                          "`openssl pkey -pubin -in KEY -outform DER | sha256sum` shows the id of "
                          "a key: its first 16 characters.");
    }
    return true;
}

static bool holds(const Keyring *keyring, const char *id)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (strcmp(public_key_id(keyring->entries[i].key), id) == 0)
            return true;
    return false;
}

bool keyring_add(Keyring *keyring, PublicKey *key, Error *err)
{
    CLEANUP(public_key_free) PublicKey *owned = key;
    Entry *grown = NULL;

    if (holds(keyring, public_key_id(owned)))
        return true;
    grown = realloc(keyring->entries, (keyring->count + 1) * sizeof *grown);
    if (!grown)
        return error_memory(err);
    keyring->entries = grown;
    grown[keyring->count++] =
        (Entry){.denied = key_id_is_on(&keyring->deny, public_key_id(key)), .key = TAKE(owned)};
    return true;
}

static bool load_one(Keyring *keyring, const char *path, Error *err)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;

    return public_key_load(path, &key, err) && keyring_add(keyring, TAKE(key), err);
}

static bool remember_denied(Keyring *keyring, const TextList *deny, Error *err)
{
    for (size_t i = 0; deny && i < deny->count; i++)
        if (!text_list_add(&keyring->deny, deny->items[i], err))
            return false;
    return true;
}

static bool has_usable(const Keyring *keyring, Error *err)
{
    for (size_t i = 0; i < keyring->count; i++)
        if (!keyring->entries[i].denied)
            return true;
    error_set(err, ERR_KEY, "every key of the keyring (%zu) is on the deny list", keyring->count);
    return error_hint(err, "Add the public key that replaced them to verify.rsa.keys.");
}

bool keyring_load(const TextList *paths, const TextList *deny, Keyring **out, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = calloc(1, sizeof *keyring);

    if (!keyring)
        return error_memory(err);
    if (!check_deny_list(deny, err) || !remember_denied(keyring, deny, err))
        return false;
    if (paths->count == 0)
        return error_set(err, ERR_KEY, "the keyring is empty, expected at least one public key");
    for (size_t i = 0; i < paths->count; i++)
        if (!load_one(keyring, paths->items[i], err))
            return error_while(err, "loading the keyring");
    if (!has_usable(keyring, err))
        return false;
    *out = TAKE(keyring);
    return true;
}

size_t keyring_count(const Keyring *keyring)
{
    return keyring->count;
}

const PublicKey *keyring_key(const Keyring *keyring, size_t index)
{
    return keyring->entries[index].key;
}

bool keyring_denies(const Keyring *keyring, size_t index)
{
    return keyring->entries[index].denied;
}

char *keyring_ids(const Keyring *keyring)
{
    CLEANUP_TEXT Text ids = {0};

    text_append(&ids, "");
    for (size_t i = 0; i < keyring->count; i++)
        if (!keyring->entries[i].denied)
            text_appendf(&ids, "%s%s", ids.length > 0 ? ", " : "",
                         public_key_id(keyring->entries[i].key));
    return text_take(&ids);
}
