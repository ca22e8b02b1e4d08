/* signature: was this content signed by a key of the keyring?
 *
 * The scheme is pinned by the settings. A signature under the other one, by a denied key or of a
 * length that is not exactly the key's modulus is refused. Source: RFC 8017; the padding is checked
 * by OpenSSL, and only its answer 1 is success. */
#ifndef GODEPLOY_VERIFY_SIGNATURE_H
#define GODEPLOY_VERIFY_SIGNATURE_H

#include "base/error.h"
#include "verify/key.h"
#include "verify/keyring.h"

enum { SIGNATURE_FILE_LIMIT = 64 * 1024, SIGNATURE_REASON_SIZE = 256 };

typedef struct SignatureVerdict {
    bool ok;
    char key_id[KEY_ID_SIZE];           /* the key that made it, a denied one too; "" if unknown */
    const char *code;                   /* static: "ok", "missing", "unreadable", "empty", "short",
                                           "long", "trailing-newline", "text", "wrong-size",
                                           "too-big", "no-key", "denied-key", "crypto" */
    char reason[SIGNATURE_REASON_SIZE]; /* in words, also for success */
} SignatureVerdict;

/* True only if the signature is good. Otherwise ERR_SIGNATURE (ERR_CRYPTO if OpenSSL could not
 * judge) with the reason. `verdict` is written in every case: the journal records refusals too. */
bool signature_check(const Keyring *keyring, const SignatureClaim *claim, SignatureVerdict *verdict,
                     Error *err);

/* The same for a signature in a file, which may be missing, or larger than SIGNATURE_FILE_LIMIT. Of
 * the claim only scheme and content are looked at. */
bool signature_check_file(const Keyring *keyring, const SignatureClaim *claim,
                          const char *signature_path, SignatureVerdict *verdict, Error *err);

#endif
