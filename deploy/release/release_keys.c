/* See release_keys.h. */
#include "deploy/release/release_keys.h"

#include "verify/key_statement.h"

bool release_keys_load(const Settings *settings, Keyring **out, SignatureScheme *scheme, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme pinned = SCHEME_PKCS1_SHA256;

    if (!scheme_parse(settings->verify.rsa.scheme, &pinned, err) ||
        !keyring_load(&settings->verify.rsa.keys, &settings->verify.rsa.deny, &keyring, err) ||
        !keyring_add_announced(keyring, &settings->verify.rsa.announced, pinned, err))
        return false;
    *out = TAKE(keyring);
    *scheme = pinned;
    return true;
}

/* ---- a key by which something was verified here before ---- */

static bool counts(const Keyring *keyring, const char *key_id)
{
    for (size_t i = 0; i < keyring_count(keyring); i++)
        if (text_equal(public_key_id(keyring_key(keyring, i)), key_id))
            return !keyring_denies(keyring, i);
    return false;
}

static bool refuse_denied(const char *key_id, Error *err)
{
    (void)error_set(err, ERR_KEY, "the key %s that signed it has been denied since", key_id);
    return error_hint(err, "Deploy a release that another key has signed.");
}

/* Whoever announced it may have been denied, which takes away what he announced. */
static bool refuse_unknown(const char *key_id, const Error *statement, Error *err)
{
    (void)error_set(err, ERR_KEY,
                    "the key %s that signed it counts no more: it is not in verify.rsa.keys, and "
                    "no key that counts has announced it%s%.500s",
                    key_id, statement->message[0] != '\0' ? "; " : "", statement->message);
    return error_hint(err, "Deploy a release that a trusted key has signed. If this key is still "
                           "to be trusted, put it into verify.rsa.keys.");
}

bool release_key_counts(const Settings *settings, const char *key_id, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error statement = {0}; /* one that is not believed says nothing against the other keys */

    if (key_id_is_on(&settings->verify.rsa.deny, key_id))
        return refuse_denied(key_id, err);
    if (!scheme_parse(settings->verify.rsa.scheme, &scheme, err) ||
        !keyring_load(&settings->verify.rsa.keys, &settings->verify.rsa.deny, &keyring, err))
        return false;
    if (counts(keyring, key_id))
        return true;
    (void)keyring_add_announced(keyring, &settings->verify.rsa.announced, scheme, &statement);
    return counts(keyring, key_id) || refuse_unknown(key_id, &statement, err);
}

bool release_key_counts_among(const Settings *settings, const Keyring *keyring, const char *key_id,
                              Error *err)
{
    const Error all_believed = {0};

    if (key_id_is_on(&settings->verify.rsa.deny, key_id))
        return refuse_denied(key_id, err);
    return counts(keyring, key_id) || refuse_unknown(key_id, &all_believed, err);
}
