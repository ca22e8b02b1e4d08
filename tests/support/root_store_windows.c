/* See root_store_windows.h. */
#include "tests/support/root_store_windows.h"

#include "base/file/file.h"
#include "base/process/process.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <wincrypt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool add(const X509 *root)
{
    HCERTSTORE store =
        CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, "Root");
    unsigned char *der = NULL;
    int length = i2d_X509(root, &der);
    bool added = store && length > 0 &&
                 CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)length,
                                                  CERT_STORE_ADD_REPLACE_EXISTING, NULL);

    OPENSSL_free(der);
    return store && CertCloseStore(store, 0) && added; /* which writes it */
}

/* CertDeleteCertificateFromStore() of Wine 8 says that it did, and leaves it in the registry. */
static bool remove_key(const X509 *root)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    Text key = {0};
    bool removed = false;

    text_appendf(&key, "SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates\\");
    if (X509_digest(root, EVP_sha1(), digest, &length) == 1)
        for (unsigned i = 0; i < length; i++)
            text_appendf(&key, "%02X", digest[i]);
    removed = length > 0 && RegDeleteKeyA(HKEY_LOCAL_MACHINE, text_chars(&key)) == ERROR_SUCCESS;
    text_free(&key);
    return removed;
}

int root_store_change(const char *word, const char *path)
{
    CLEANUP(free) char *pem = NULL;
    size_t length = 0;
    Error err = {0};
    CLEANUP(BIO_free_all)
    BIO *bio = file_read_all(path, 1 << 16, &pem, &length, &err) ? BIO_new_mem_buf(pem, (int)length)
                                                                 : NULL;
    CLEANUP(X509_free) X509 *root = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    if (!root)
        return 1;
    return (text_equal(word, "trust") ? add(root) : remove_key(root)) ? 0 : 1;
}

static void tell(const char *word, const Identity *root, const char *folder)
{
    wchar_t program[MAX_PATH];
    CLEANUP(free) char *path = text_formatted("%s/root.pem", folder);
    CLEANUP(free) char *self = NULL;
    ProcessResult result = {0};
    Error err = {0};

    assert_true(GetModuleFileNameW(NULL, program, MAX_PATH) < MAX_PATH);
    assert_non_null(self = wide_to_utf8(program));
    certificate_write(path, root);
    if (!process_run(
            &(Spawn){
                .argv = (const char *const[]){self, word, path, NULL}
    },
            60000, &result, &err) ||
        result.exit_status != 0)
        fail_msg("%s: %s %s", word, err.message, result.output);
}

void root_store_trust(const Identity *root, const char *folder)
{
    tell("trust", root, folder);
}

void root_store_forget(const Identity *root, const char *folder)
{
    tell("forget", root, folder);
}
