/* See keypair.h. Source: RFC 5958 (PKCS#8), RFC 8018 (PBES2). */
#include "verify/keypair.h"

#include "base/file/file.h"
#include "base/path.h"
#include "verify/key.h"
#include "verify/openssl.h"

#include <string.h>

/* PBKDF2 rounds: what OWASP advises for HMAC-SHA256; OpenSSL's default of 2048 is that of 1999. */
enum { PASSPHRASE_ROUNDS = 600000, PUBLIC_MODE = 0644 };

static bool check_request(int bits, const char *passphrase, Error *err)
{
    if (bits < KEY_BITS_LEAST || bits > KEY_BITS_MOST)
        return error_set(err, ERR_USAGE, "a key of %d bits is not allowed, expected %d to %d", bits,
                         KEY_BITS_LEAST, KEY_BITS_MOST);
    if (passphrase && (passphrase[0] == '\0' || strlen(passphrase) > PASSPHRASE_MOST))
        return error_set(err, ERR_USAGE, "the passphrase has %zu bytes, expected 1 to %d",
                         strlen(passphrase), PASSPHRASE_MOST);
    return true;
}

static bool check_free(const char *path, Error *err)
{
    if (file_kind(path) == FILE_MISSING)
        return true;
    error_set(err, ERR_USAGE, "%s exists already, and a key is never overwritten", path);
    return error_hint(err, "Choose another name, or move the old key away.");
}

static bool encode_encrypted(EVP_PKEY *key, const char *passphrase, BIO *out)
{
    CLEANUP(PKCS8_PRIV_KEY_INFO_free) PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
    CLEANUP(X509_SIG_free) X509_SIG *sealed = NULL;

    if (!plain)
        return false;
    /* -1: PBES2 with HMAC-SHA256; NULL: a random salt */
    sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), passphrase, (int)strlen(passphrase), NULL, 0,
                           PASSPHRASE_ROUNDS, plain);
    return sealed && PEM_write_bio_PKCS8(out, sealed) == 1;
}

static bool encode_private(EVP_PKEY *key, const char *passphrase, BIO *out, Error *err)
{
    const bool encoded =
        passphrase ? encode_encrypted(key, passphrase, out)
                   : PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1;

    return encoded || openssl_error(err, ERR_CRYPTO, "the private key cannot be encoded");
}

static bool sync_folder_of(const char *path, Error *err)
{
    CLEANUP(free) char *folder = path_folder(path);

    return folder ? folder_sync(folder, err) : error_memory(err);
}

static bool fill(File *file, BIO *content, Error *err)
{
    char *bytes = NULL;
    const long length = BIO_get_mem_data(content, &bytes);

    return file_write(file, bytes, (size_t)length, err) && file_sync(file, err);
}

/* A file that is ours alone from its first byte on (0600); removed again if it cannot be filled. */
static bool write_new(const char *path, BIO *content, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    Error ignored = {0};

    if (!file_open(path, FILE_CREATE_NEW, &file, err))
        return false;
    if (fill(file, content, err) && sync_folder_of(path, err))
        return true;
    (void)file_remove(path, &ignored); /* the first failure is what counts */
    return false;
}

static bool write_private(EVP_PKEY *key, const char *path, const char *passphrase, Error *err)
{
    /* BIO_free wipes it: OpenSSL clears the memory of BIO_s_mem on release. */
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());

    if (!bio)
        return error_memory(err);
    return encode_private(key, passphrase, bio, err) && write_new(path, bio, err);
}

static bool write_public(EVP_PKEY *key, const char *path, Error *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());

    if (!bio)
        return error_memory(err);
    if (PEM_write_bio_PUBKEY(bio, key) != 1)
        return openssl_error(err, ERR_CRYPTO, "the public key cannot be encoded");
    return write_new(path, bio, err) && file_set_mode(path, PUBLIC_MODE, err);
}

bool keypair_create(int bits, const char *private_path, const char *public_path,
                    const char *passphrase, Error *err)
{
    CLEANUP(EVP_PKEY_free) EVP_PKEY *key = NULL;
    Error ignored = {0};

    if (!check_request(bits, passphrase, err) || !check_free(private_path, err) ||
        !check_free(public_path, err))
        return false;
    if (strcmp(private_path, public_path) == 0)
        return error_set(err, ERR_USAGE, "both keys would be written to %s", private_path);
    key = EVP_RSA_gen((unsigned)bits);
    if (!key)
        return openssl_error(err, ERR_CRYPTO, "an RSA key of %d bits cannot be made", bits);
    if (!write_private(key, private_path, passphrase, err))
        return false;
    if (write_public(key, public_path, err))
        return true;
    (void)file_remove(private_path, &ignored); /* half a pair is of no use to anybody */
    return false;
}
