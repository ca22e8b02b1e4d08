/* See signer.h. */
#include "verify/signer.h"

#include "base/file/file.h"
#include "verify/pem.h"
#include "verify/rsa.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNATURE_MODE = 0644 };

struct Signer {
    EVP_PKEY *handle;
    char id[KEY_ID_SIZE];
};

void signer_free(Signer *signer)
{
    if (!signer)
        return;
    EVP_PKEY_free(signer->handle); /* wipes the private numbers */
    free(signer);
}

const char *signer_key_id(const Signer *signer)
{
    return signer->id;
}

static bool expect_private(const char *path, const PemFile *pem, const char *passphrase, Error *err)
{
    if (pem->kind == PEM_PRIVATE_KEY || (pem->kind == PEM_ENCRYPTED_KEY && passphrase))
        return true;
    if (pem->kind == PEM_ENCRYPTED_KEY) {
        error_set(err, ERR_KEY, "the private key in %s needs a passphrase, and none was given",
                  path);
        return error_hint(err, "Give it with --passphrase-file or --passphrase-env.");
    }
    error_set(err, ERR_KEY, "%s holds %s, expected a private key", path, pem->words);
    return error_hint(err, "Sign with the private half; godeploy keygen makes a pair.");
}

typedef struct Passphrase {
    const char *bytes; /* NULL: none is known */
    size_t length;
} Passphrase;

/* OpenSSL asks for the passphrase here, and so never on the terminal. */
static int give_passphrase(char *buffer, int size, int for_writing, void *context)
{
    const Passphrase *passphrase = context;

    (void)for_writing;
    if (passphrase->length == 0 || passphrase->length > (size_t)size)
        return -1;
    memcpy(buffer, passphrase->bytes, passphrase->length);
    return (int)passphrase->length;
}

static bool decode(const char *path, const PemFile *pem, const char *passphrase, EVP_PKEY **out,
                   Error *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->length);
    Passphrase secret = {passphrase, passphrase ? strlen(passphrase) : 0};

    if (!bio)
        return error_memory(err);
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &secret);
    if (*out)
        return true;
    if (pem->kind == PEM_PRIVATE_KEY)
        return openssl_error(err, ERR_KEY, "%s holds no private key that can be read", path);
    ERR_clear_error(); /* "bad decrypt" says less than this: */
    error_set(err, ERR_KEY, "the passphrase does not open the private key in %s", path);
    return error_hint(err,
                      "Look for a line end or a blank at the end of the passphrase; if it is the "
                      "right one, the file is damaged.");
}

bool signer_load(const char *path, const char *passphrase, Signer **out, Error *err)
{
    CLEANUP(signer_free) Signer *signer = calloc(1, sizeof *signer);
    CLEANUP_PEM PemFile pem = {0};

    if (!signer)
        return error_memory(err);
    if (!pem_read_file(path, &pem, err) || !expect_private(path, &pem, passphrase, err) ||
        !decode(path, &pem, passphrase, &signer->handle, err) ||
        !rsa_check_fit(signer->handle, path, err) || !rsa_key_id(signer->handle, signer->id, err))
        return false;
    *out = TAKE(signer);
    return true;
}

/* `signature` holds at least *length bytes, which is written. */
static bool sign(const Signer *signer, SignatureScheme scheme, const Digest *content,
                 uint8_t *signature, size_t *length)
{
    CLEANUP(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, signer->handle, NULL);

    return context && EVP_PKEY_sign_init(context) == 1 && rsa_set_scheme(context, scheme) &&
           EVP_PKEY_sign(context, signature, length, content->bytes, DIGEST_SIZE) == 1;
}

/* A fault while signing can give the private key away to whoever gets the wrong signature: none
 * that does not verify leaves this function.
 * NOLINTNEXTLINE(readability-function-size): what is signed, how, and what comes with its size */
bool signer_sign_digest(const Signer *signer, SignatureScheme scheme, const Digest *digest,
                        uint8_t **out, size_t *length, Error *err)
{
    const size_t size = (size_t)EVP_PKEY_get_size(signer->handle);
    CLEANUP(free) uint8_t *signature = malloc(size);
    SignatureClaim claim = {
        .scheme = scheme, .content = digest, .bytes = signature, .length = size};
    bool good = false;

    if (!signature)
        return error_memory(err);
    if (!sign(signer, scheme, digest, signature, &claim.length))
        return openssl_error(err, ERR_CRYPTO, "signing with key %s", signer->id);
    if (!rsa_verify(signer->handle, &claim, &good, err))
        return false;
    if (!good)
        return error_set(err, ERR_CRYPTO, "key %s made a signature that does not verify",
                         signer->id);
    *out = TAKE(signature);
    *length = claim.length;
    return true;
}

bool signer_sign_file(const Signer *signer, SignatureScheme scheme, const char *path,
                      const char *signature_path, Error *err)
{
    CLEANUP(free) uint8_t *signature = NULL;
    size_t length = 0;
    Digest digest;

    if (strcmp(path, signature_path) == 0)
        return error_set(err, ERR_USAGE, "the signature would overwrite %s itself", path);
    if (!digest_file(path, &digest, err))
        return false;
    if (!signer_sign_digest(signer, scheme, &digest, &signature, &length, err))
        return error_while(err, "signing %s", path);
    return file_write_durable(signature_path, signature, length, SIGNATURE_MODE, err);
}
