/* pem: what a PEM file holds, said before anything in it is believed. Only for the .c files of
 * verify/.
 *
 * Source: RFC 7468, RFC 1421 (the old "Proc-Type: 4,ENCRYPTED" header). */
#ifndef GODEPLOY_VERIFY_PEM_H
#define GODEPLOY_VERIFY_PEM_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { PEM_FILE_LIMIT = 128 * 1024 };

typedef enum PemKind {
    PEM_PUBLIC_KEY,
    PEM_PRIVATE_KEY,
    PEM_ENCRYPTED_KEY, /* a private one under a passphrase */
    PEM_OTHER_THING,
} PemKind;

/* The text is wiped when it is freed: it may hold a private key. */
typedef struct PemFile {
    PemKind kind;
    const char *words; /* "a private key"; static */
    const char *hint;  /* how to make what is wanted out of a thing that is not; static, or NULL */
    char *text;
    size_t length;
    uint8_t *der; /* content of the block */
    size_t der_length;
} PemFile;

/* ERR_KEY unless the file holds exactly one PEM block. Start from {0}. */
bool pem_read_file(const char *path, PemFile *out, Error *err);
void pem_close(PemFile *pem);
#define CLEANUP_PEM __attribute__((cleanup(pem_close)))

#endif
