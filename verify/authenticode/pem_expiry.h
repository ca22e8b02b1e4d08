/* pem_expiry: when the first of the certificates, or revocation lists, in a file ends. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_PEM_EXPIRY_H
#define GODEPLOY_VERIFY_AUTHENTICODE_PEM_EXPIRY_H

#include "base/error.h"

#include <stdint.h>

enum { PEM_EXPIRY_NAME_SIZE = 256 };

typedef struct PemExpiry {
    int64_t ends_ms; /* notAfter, nextUpdate; wall clock */
    char
        name[PEM_EXPIRY_NAME_SIZE]; /* of whom: the subject, or the issuer of the list; printable */
} PemExpiry;

/* Both refuse the files that a policy refuses, with the same errors (policy_files.h). */
bool pem_expiry_of_certificates(const char *path, PemExpiry *out, Error *err);
bool pem_expiry_of_lists(const char *path, PemExpiry *out, Error *err);

#endif
