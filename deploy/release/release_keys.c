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
