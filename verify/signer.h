/* signer: the side that signs: a private key, and the raw signature files it makes.
 *
 * What it makes, `openssl dgst -sha256 -verify` accepts. The private key never belongs on a host
 * that only deploys. */
#ifndef GODEPLOY_VERIFY_SIGNER_H
#define GODEPLOY_VERIFY_SIGNER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "verify/digest.h"
#include "verify/keypair.h" /* where a signer's key comes from */
#include "verify/scheme.h"

typedef struct Signer Signer;

/* `passphrase` NULL: none is known; nobody is ever asked on the terminal. ERR_KEY tells a missing
 * passphrase from a wrong one. */
bool signer_load(const char *path, const char *passphrase, Signer **out, Error *err);
void signer_free(Signer *signer);
DEFINE_CLEANUP(Signer *, signer_free)

const char *
signer_key_id(const Signer *signer); /* as public_key_id(); lives as long as the signer */

/* The raw signature over what has this digest. Caller frees *out. */
bool signer_sign_digest(const Signer *signer, SignatureScheme scheme, const Digest *digest,
                        uint8_t **out, size_t *length, Error *err);

/* Signs the content of `path`; the raw signature replaces what is at `signature_path`, durable. */
bool signer_sign_file(const Signer *signer, SignatureScheme scheme, const char *path,
                      const char *signature_path, Error *err);

#endif
