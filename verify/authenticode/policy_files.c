/* See policy_files.h. */
#include "verify/authenticode/policy_files.h"

#include "base/file/file.h"
#include "base/text.h"
#include "verify/authenticode/revocation.h"

#include <stdlib.h>
#include <string.h>

enum { ANCHORS_FILE_MOST = 8 * 1024 * 1024, CRL_FILE_MOST = 64 * 1024 * 1024, DER_SEQUENCE = 0x30 };

typedef struct Block {
    const char *path;
    int number;           /* in its file, from 1 */
    const uint8_t *bytes; /* DER */
    size_t length;
} Block;

typedef bool TakeBlock(const Block *block, void *into, Error *err);

typedef struct Wanted {
    const char *label; /* of a PEM block */
    const char *words;
    TakeBlock *take;
    void *into;
} Wanted;

/* ---- PEM ---- */

static bool take_block(const Wanted *wanted, const Block *block, const char *label, Error *err)
{
    if (!text_equal(label, wanted->label)) {
        error_set(err, ERR_KEY, "%s holds a \"%.60s\", expected %s only", block->path, label,
                  wanted->words);
        if (strstr(label, "PRIVATE"))
            return error_hint(err, "Keep private keys off hosts that deploy.");
        return false;
    }
    return wanted->take(block, wanted->into, err);
}

/* Leaves *found as it is at the end of the file. */
static bool next_block(BIO *bio, const Wanted *wanted, Block *block, bool *found, Error *err)
{
    CLEANUP(OPENSSL_free) char *label = NULL;
    CLEANUP(OPENSSL_free) char *header = NULL;
    CLEANUP(OPENSSL_free) unsigned char *der = NULL;
    long length = 0;

    if (PEM_read_bio(bio, &label, &header, &der, &length) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            return openssl_error(err, ERR_KEY, "block %d of %s is no PEM", block->number + 1,
                                 block->path);
        ERR_clear_error();
        return true;
    }
    *found = true;
    block->number++;
    block->bytes = der;
    block->length = (size_t)length;
    return take_block(wanted, block, label, err);
}

static bool read_pem(const char *path, const Text *text, const Wanted *wanted, Error *err)
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new_mem_buf(text->bytes, (int)text->length);
    Block block = {.path = path};
    bool found = false;

    if (!bio)
        return error_memory(err);
    do {
        found = false;
        if (!next_block(bio, wanted, &block, &found, err))
            return false;
    } while (found);
    if (block.number > 0)
        return true;
    error_set(err, ERR_KEY, "%s holds no %s in PEM", path, wanted->words);
    if (text->length > 0 && text->bytes[0] == DER_SEQUENCE)
        return error_hint(err, "It looks like DER; `openssl x509 -inform DER -in FILE` converts a "
                               "certificate.");
    return error_hint(err, "A PEM file has lines \"-----BEGIN %s-----\".", wanted->label);
}

/* ---- anchors ---- */

static bool take_anchor(const Block *block, void *into, Error *err)
{
    const unsigned char *end = block->bytes;
    CLEANUP(X509_free) X509 *certificate = d2i_X509(NULL, &end, (long)block->length);

    if (!certificate || end != block->bytes + block->length)
        return openssl_error(err, ERR_KEY, "certificate %d of %s cannot be read", block->number,
                             block->path);
    if (X509_STORE_add_cert(into, certificate) != 1)
        return openssl_error(err, ERR_CRYPTO, "certificate %d of %s cannot be used", block->number,
                             block->path);
    return true;
}

bool anchors_read_file(const char *path, X509_STORE *store, Error *err)
{
    const Wanted wanted = {"CERTIFICATE", "certificates", take_anchor, store};
    CLEANUP_TEXT Text text = {0};

    return file_read_all(path, ANCHORS_FILE_MOST, &text.bytes, &text.length, err) &&
           read_pem(path, &text, &wanted, err);
}

/* ---- revocation lists ---- */

static bool take_crl(const Block *block, void *into, Error *err)
{
    const unsigned char *end = block->bytes;
    CLEANUP(X509_CRL_free) X509_CRL *crl = d2i_X509_CRL(NULL, &end, (long)block->length);
    const char *problem = NULL;

    if (!crl || end != block->bytes + block->length)
        return openssl_error(err, ERR_KEY, "revocation list %d of %s cannot be read", block->number,
                             block->path);
    problem = revocation_list_problem(crl);
    if (problem)
        return error_set(err, ERR_KEY, "revocation list %d of %s %s", block->number, block->path,
                         problem);
    if (sk_X509_CRL_push(into, crl) <= 0)
        return error_memory(err);
    crl = NULL; /* the list owns it */
    return true;
}

bool crls_read_file(const char *path, STACK_OF(X509_CRL) * list, Error *err)
{
    const Wanted wanted = {"X509 CRL", "revocation lists", take_crl, list};
    CLEANUP_TEXT Text text = {0};

    if (!file_read_all(path, CRL_FILE_MOST, &text.bytes, &text.length, err))
        return false;
    if (text.length > 0 && text.bytes[0] == DER_SEQUENCE) {
        const Block block = {path, 1, (const uint8_t *)text.bytes, text.length};

        return take_crl(&block, list, err);
    }
    return read_pem(path, &text, &wanted, err);
}
