/* openssl: the one place that includes OpenSSL's headers. Only for the .c files of verify/.
 *
 * OpenSSL has a type called ERR_STATE, and base/error.h a code of that name that scripts rely on:
 * the type, which nobody here needs, gets another name. */
#ifndef GODEPLOY_VERIFY_OPENSSL_H
#define GODEPLOY_VERIFY_OPENSSL_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/format.h"

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(BIO *, BIO_free_all)
DEFINE_CLEANUP(BIGNUM *, BN_free)
DEFINE_CLEANUP(X509_SIG *, X509_SIG_free)
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free)
DEFINE_CLEANUP(ASN1_TIME *, ASN1_TIME_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)
DEFINE_CLEANUP(PKCS7 *, PKCS7_free)
DEFINE_CLEANUP(PKCS7_SIGNER_INFO *, PKCS7_SIGNER_INFO_free)
DEFINE_CLEANUP(X509 *, X509_free)
DEFINE_CLEANUP(X509_ALGOR *, X509_ALGOR_free)
DEFINE_CLEANUP(X509_CRL *, X509_CRL_free)
DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)

static inline void OPENSSL_free_scope(void *owned)
{
    OPENSSL_free(*(void **)owned);
}

/* As error_set(), with OpenSSL's own reason behind it; empties OpenSSL's error queue. */
bool openssl_error(Error *err, ErrorCode code, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
