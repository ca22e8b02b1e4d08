/* See pem.h. */
#include "verify/pem.h"

#include "base/file/file.h"
#include "base/text.h"
#include "verify/openssl.h"

#include <limits.h>
#include <string.h>

typedef struct LabelRow {
    const char *label;
    PemKind kind;
    const char *words;
    const char *hint;
} LabelRow;

static const char hint_private[] = "Keep a private key off hosts that deploy; `openssl pkey -in "
                                   "FILE -pubout` makes its public key.";

static const LabelRow label_rows[] = {
    {"PUBLIC KEY",            PEM_PUBLIC_KEY,    "a public key",                        NULL        },
    {"PRIVATE KEY",           PEM_PRIVATE_KEY,   "a private key",                       hint_private},
    {"RSA PRIVATE KEY",       PEM_PRIVATE_KEY,   "a private key",                       hint_private},
    {"EC PRIVATE KEY",        PEM_PRIVATE_KEY,   "a private EC key",                    hint_private},
    {"ENCRYPTED PRIVATE KEY", PEM_ENCRYPTED_KEY, "an encrypted private key",            hint_private},
    {"OPENSSH PRIVATE KEY",   PEM_OTHER_THING,   "a private key of OpenSSH",
     "godeploy keygen makes a key that signs releases."                                             },
    {"RSA PUBLIC KEY",        PEM_OTHER_THING,   "a public key in the old PKCS#1 form",
     "`openssl rsa -RSAPublicKey_in -in FILE -pubout` converts it."                                 },
    {"CERTIFICATE",           PEM_OTHER_THING,   "a certificate",
     "`openssl x509 -in FILE -noout -pubkey` takes the public key out of it."                       },
    {"CERTIFICATE REQUEST",   PEM_OTHER_THING,   "a certificate request",
     "`openssl req -in FILE -noout -pubkey` takes the public key out of it."                        },
};

void pem_close(PemFile *pem)
{
    if (pem->text)
        OPENSSL_cleanse(pem->text, pem->length);
    free(pem->text);
    OPENSSL_clear_free(pem->der, pem->der_length);
    *pem = (PemFile){0};
}

static void classify(PemFile *pem, const char *label, const char *header)
{
    pem->kind = PEM_OTHER_THING;
    pem->words = "something else";
    for (size_t i = 0; i < sizeof label_rows / sizeof label_rows[0]; i++)
        if (text_equal(label, label_rows[i].label)) {
            pem->kind = label_rows[i].kind;
            pem->words = label_rows[i].words;
            pem->hint = label_rows[i].hint;
        }
    if (pem->kind == PEM_PRIVATE_KEY && strstr(header, "ENCRYPTED")) {
        pem->kind = PEM_ENCRYPTED_KEY;
        pem->words = "an encrypted private key";
    }
}

static bool refuse_no_pem(const char *path, const PemFile *pem, Error *err)
{
    if (pem->length == 0)
        return error_set(err, ERR_KEY, "%s is empty, expected a PEM file", path);
    error_set(err, ERR_KEY, "%s is no PEM file: it has no \"-----BEGIN\" line with a whole block",
              path);
    if (pem->text[0] == 0x30)
        return error_hint(err,
                          "It looks like DER; `openssl pkey -pubin -inform DER -in FILE` converts "
                          "a public key.");
    if (text_starts_with(pem->text, "ssh-"))
        return error_hint(err, "It looks like a key of OpenSSH; `ssh-keygen -e -m PKCS8 -f FILE` "
                               "converts it.");
    return false;
}

static bool has_several_blocks(const char *text)
{
    const char *first = strstr(text, "-----BEGIN ");

    return first && strstr(first + 1, "-----BEGIN ");
}

/* OpenSSL decodes the block; what it decodes to is judged by its label alone, later by its content.
 */
static bool decode_block(const char *path, PemFile *pem, Error *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->length);
    CLEANUP(OPENSSL_free) char *label = NULL;
    CLEANUP(OPENSSL_free) char *header = NULL;
    unsigned char *der = NULL;
    long length = 0;

    if (!bio)
        return error_memory(err);
    if (PEM_read_bio(bio, &label, &header, &der, &length) != 1) {
        ERR_clear_error();
        return refuse_no_pem(path, pem, err);
    }
    pem->der = der;
    pem->der_length = (size_t)length;
    classify(pem, label, header);
    return true;
}

bool pem_read_file(const char *path, PemFile *out, Error *err)
{
    CLEANUP_PEM PemFile pem = {0};

    if (!file_read_all(path, PEM_FILE_LIMIT, &pem.text, &pem.length, err))
        return error_while(err, "reading a key");
    if (!decode_block(path, &pem, err))
        return false;
    if (strlen(pem.text) != pem.length || has_several_blocks(pem.text)) {
        error_set(err, ERR_KEY, "%s holds more than one thing, expected exactly one PEM block",
                  path);
        return error_hint(err, "Put each key into a file of its own and list the files.");
    }
    *out = pem;
    pem = (PemFile){0};
    return true;
}
