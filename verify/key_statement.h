/* key_statement: "this key signs from now on", said by a key that already does: how a keyring gets
 * a new key without a visit to every host. See statement.h for its form.
 *
 *     {"schema": "godeploy-key/1", "created": "2026-11-23T00:00:00.000Z",
 *      "key": "<base64 of the SubjectPublicKeyInfo>"}
 *
 * The new key is inside, so that one file is all there is to hand out. Denying a key also takes
 * away what it announced: whoever stole it could have announced his own. */
#ifndef GODEPLOY_VERIFY_KEY_STATEMENT_H
#define GODEPLOY_VERIFY_KEY_STATEMENT_H

#include "verify/statement.h"

/* The key that is announced in the statement at `path` by a key of the keyring that counts. */
bool key_statement_read(const char *path, const Keyring *keyring, SignatureScheme scheme,
                        PublicKey **out, Error *err);

/* `key_path` is the PEM file of the new public key. */
bool key_statement_sign(const Signer *signer, SignatureScheme scheme, const char *key_path,
                        const char *statement_path, Error *err);

/* Adds the keys that statements announce, in whatever order they were given: a key that was
 * announced may announce the next. ERR_SIGNATURE names one that nobody in the ring has signed. */
bool keyring_add_announced(Keyring *keyring, const TextList *statements, SignatureScheme scheme,
                           Error *err);

#endif
