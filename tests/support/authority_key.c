/* See authority_key.h. */
#include "tests/support/authority_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/ec.h>

static EVP_PKEY *make_explicit_ec(void)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"P-256"}, 5),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char[]){"explicit"}, 8),
        OSSL_PARAM_END,
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    assert_true(context && EVP_PKEY_keygen_init(context) > 0 &&
                EVP_PKEY_CTX_set_params(context, parameters) > 0 &&
                EVP_PKEY_generate(context, &key) > 0);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* The only state of the support code: no test can change it, so their order does not matter. */
static EVP_PKEY *rsa_keys[3][2];

static EVP_PKEY *rsa_key(unsigned bits, bool again)
{
    EVP_PKEY **kept = &rsa_keys[bits / 1024 - 1][again];

    if (!*kept)
        *kept = EVP_RSA_gen(bits);
    assert_true(*kept && EVP_PKEY_up_ref(*kept));
    return *kept;
}

EVP_PKEY *authority_key(KeyKind kind, bool again)
{
    EVP_PKEY *key = NULL;

    switch (kind) {
    case TEST_KEY_P256:
        key = EVP_EC_gen("P-256");
        break;
    case TEST_KEY_P384:
        key = EVP_EC_gen("P-384");
        break;
    case TEST_KEY_SECP256K1:
        key = EVP_EC_gen("secp256k1");
        break;
    case TEST_KEY_P256_EXPLICIT:
        key = make_explicit_ec();
        break;
    case TEST_KEY_RSA_1024:
        return rsa_key(1024, again);
    case TEST_KEY_RSA_2048:
        return rsa_key(2048, again);
    case TEST_KEY_RSA_3072:
        return rsa_key(3072, again);
    }
    assert_non_null(key);
    return key;
}
