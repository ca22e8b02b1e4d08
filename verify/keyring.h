/* keyring: the public keys whose signatures count, minus those on the deny list.
 *
 * A denied key stays known, so that a signature it made is refused with its true reason. */
#ifndef GODEPLOY_VERIFY_KEYRING_H
#define GODEPLOY_VERIFY_KEYRING_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "verify/key.h"

#include <stddef.h>

typedef struct Keyring Keyring;

/* All keys must load: one broken file is an error, not a shorter keyring. The same key twice counts
 * once. `deny` holds key ids (16 hex characters, any case); NULL: none. ERR_KEY if no key is left;
 * ERR_SETTINGS if a denied id is not one. */
bool keyring_load(const TextList *paths, const TextList *deny, Keyring **out, Error *err);
/* Adds one more, unless it is there; owns `key` from now on, also after a failure (ERR_MEMORY). The
 * deny list holds for it too. */
bool keyring_add(Keyring *keyring, PublicKey *key, Error *err);
void keyring_free(Keyring *keyring);
DEFINE_CLEANUP(Keyring *, keyring_free)

/* All keys, denied ones too. Keys are borrowed from the keyring. */
size_t keyring_count(const Keyring *keyring);
const PublicKey *keyring_key(const Keyring *keyring, size_t index);
bool keyring_denies(const Keyring *keyring, size_t index);

/* Is the id of a key on such a list? Also for a key that is in no keyring any more. `ids` may be
 * NULL. */
bool key_id_is_on(const TextList *ids, const char *id);

/* Ids of the keys that count, in the order they were given, with ", " between. Caller frees; NULL
 * if out of memory. */
char *keyring_ids(const Keyring *keyring);

#endif
