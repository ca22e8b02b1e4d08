/* See rsa.h. */
#include "verify/rsa.h"

#include "base/text.h"

static bool is_plain_rsa(EVP_PKEY *key, const char *path, Error *err)
{
    const char *found = EVP_PKEY_get0_type_name(key);

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return true;
    error_set(err, ERR_KEY, "%s holds a key of type %s, expected RSA", path,
              found ? found : "unknown");
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS)
        return error_hint(err, "Its algorithm is RSASSA-PSS; use a plain RSA key (godeploy keygen "
                               "makes one), the scheme is chosen in the settings.");
    return error_hint(err, "Releases are signed with RSA; godeploy keygen makes such a key.");
}

static bool check_exponent(EVP_PKEY *key, const char *path, Error *err)
{
    CLEANUP(BN_free) BIGNUM *exponent = NULL;
    CLEANUP(OPENSSL_free) char *decimal = NULL;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
        return openssl_error(err, ERR_KEY, "%s: the public exponent cannot be read", path);
    if (BN_is_odd(exponent) && !BN_is_negative(exponent) && !BN_is_one(exponent))
        return true;
    decimal = BN_bn2dec(exponent);
    return error_set(err, ERR_KEY, "%s: the public exponent is %.40s, expected an odd one above 2",
                     path, decimal ? decimal : "unknown");
}

static bool check_modulus(EVP_PKEY *key, const char *path, Error *err)
{
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

    if (!context)
        return openssl_error(err, ERR_CRYPTO, "%s: RSA is not available", path);
    if (EVP_PKEY_public_check(context) != 1)
        return openssl_error(err, ERR_KEY, "%s is no sound RSA key", path);
    return true;
}

bool rsa_check_fit(EVP_PKEY *key, const char *path, Error *err)
{
    const int bits = EVP_PKEY_get_bits(key);

    if (!is_plain_rsa(key, path, err))
        return false;
    if (bits < KEY_BITS_LEAST || bits > KEY_BITS_MOST) {
        error_set(err, ERR_KEY, "%s is a key of %d bits, expected %d to %d", path, bits,
                  KEY_BITS_LEAST, KEY_BITS_MOST);
        return error_hint(err, "Make a new one with godeploy keygen; 3072 bits are the default.");
    }
    return check_exponent(key, path, err) && check_modulus(key, path, err);
}

bool rsa_key_id(EVP_PKEY *key, char out[KEY_ID_SIZE], Error *err)
{
    CLEANUP(OPENSSL_free) unsigned char *der = NULL;
    const int length = i2d_PUBKEY(key, &der);
    Digest digest;

    if (length <= 0)
        return openssl_error(err, ERR_CRYPTO, "a public key cannot be encoded");
    if (!digest_bytes(der, (size_t)length, &digest, err))
        return false;
    text_from_bytes(digest.bytes, (KEY_ID_SIZE - 1) / 2, out);
    return true;
}

bool rsa_exponent_is_small(EVP_PKEY *key)
{
    CLEANUP(BN_free) BIGNUM *exponent = NULL;

    return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
           BN_num_bits(exponent) <= 16;
}

bool rsa_set_scheme(EVP_PKEY_CTX *context, SignatureScheme scheme)
{
    if (EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1)
        return false;
    switch (scheme) {
    case SCHEME_PKCS1_SHA256:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case SCHEME_PSS_SHA256:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
    }
    return false;
}

bool rsa_verify(EVP_PKEY *key, const SignatureClaim *claim, bool *good, Error *err)
{
    CLEANUP(EVP_PKEY_CTX_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

    if (!context || EVP_PKEY_verify_init(context) != 1 || !rsa_set_scheme(context, claim->scheme))
        return openssl_error(err, ERR_CRYPTO, "RSA verification (%s) is not available",
                             scheme_name(claim->scheme));
    /* 0 is "no", negative is "could not even look": only 1 is yes (CVE-2008-5077). */
    *good = EVP_PKEY_verify(context, claim->bytes, claim->length, claim->content->bytes,
                            DIGEST_SIZE) == 1;
    ERR_clear_error();
    return true;
}
