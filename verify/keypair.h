/* keypair: a new RSA key for signing releases, as two PEM files. */
#ifndef GODEPLOY_VERIFY_KEYPAIR_H
#define GODEPLOY_VERIFY_KEYPAIR_H

#include "base/error.h"

enum { KEYPAIR_BITS_DEFAULT = 3072, PASSPHRASE_MOST = 1000 };

/* Writes PKCS#8 (0600; AES-256 if there is a passphrase, NULL: none) and SubjectPublicKeyInfo
 * (0644), durable. A file that exists is never overwritten; after a failure neither file of ours is
 * left. */
bool keypair_create(int bits, const char *private_path, const char *public_path,
                    const char *passphrase, Error *err);

#endif
