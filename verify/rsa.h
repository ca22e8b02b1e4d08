/* rsa: RSA keys as OpenSSL holds them. Only for the .c files of verify/: here its types are seen.
 */
#ifndef GODEPLOY_VERIFY_RSA_H
#define GODEPLOY_VERIFY_RSA_H

#include "base/error.h"
#include "verify/key.h"
#include "verify/openssl.h"

/* ERR_KEY unless it is a plain RSA key of an allowed size and exponent. `path` is for the message.
 */
bool rsa_check_fit(EVP_PKEY *key, const char *path, Error *err);

bool rsa_key_id(EVP_PKEY *key, char out[KEY_ID_SIZE], Error *err);

/* Any exponent under 65537 is legal, but asks more of whoever checks the padding. */
bool rsa_exponent_is_small(EVP_PKEY *key);

/* Signing and verifying share this: hash and padding as the scheme says, nothing left to default.
 */
bool rsa_set_scheme(EVP_PKEY_CTX *context, SignatureScheme scheme);

/* As public_key_verify(). */
bool rsa_verify(EVP_PKEY *key, const SignatureClaim *claim, bool *good, Error *err);

#endif
