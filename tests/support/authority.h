/* authority: certificates of our own, good or wrong in one way.
 *
 * An Identity is a certificate with its key. What a plan leaves empty is what a good certificate of
 * that role has; "" for an extension leaves it out. Times are wall-clock milliseconds, fixed, so
 * that no test depends on the day it runs. Asserts with cmocka. Source: RFC 5280. */
#ifndef GODEPLOY_TESTS_SUPPORT_AUTHORITY_H
#define GODEPLOY_TESTS_SUPPORT_AUTHORITY_H

#include "base/text.h"
#include "verify/openssl.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- the calendar of the tests ---- */

#define TEST_DAY_MS       (86400LL * 1000)
#define TEST_YEAR_MS      (365 * TEST_DAY_MS)
#define TEST_NOW_MS       1780315200000LL /* 2026-06-01T12:00:00Z: judged as of then */
#define TEST_SIGNED_MS    (TEST_NOW_MS - 30 * TEST_DAY_MS)
#define TEST_NOT_BEFORE   (TEST_NOW_MS - TEST_YEAR_MS)
#define TEST_NOT_AFTER    (TEST_NOW_MS + TEST_YEAR_MS)
#define TEST_CA_NOT_AFTER (TEST_NOW_MS + 10 * TEST_YEAR_MS)

#define OID_LIFETIME_SIGNING "1.3.6.1.4.1.311.10.3.13"

/* ---- one certificate ---- */

typedef enum KeyKind {
    TEST_KEY_P256, /* made anew each time; RSA keys are slow to make, see authority_rsa_key() */
    TEST_KEY_P384,
    TEST_KEY_SECP256K1,     /* a curve that Windows does not know */
    TEST_KEY_P256_EXPLICIT, /* the curve spelt out in the certificate: CVE-2020-0601 */
    TEST_KEY_RSA_1024,
    TEST_KEY_RSA_2048,
    TEST_KEY_RSA_3072
} KeyKind;

typedef enum CertificateRole {
    ROLE_ROOT,
    ROLE_INTERMEDIATE,
    ROLE_SIGNER,
    ROLE_TSA,
    ROLE_SERVER
} CertificateRole;

typedef struct CertificatePlan {
    CertificateRole role;
    const char *name;         /* CN; NULL: after the role */
    const char *organization; /* O; NULL: "Example Ltd" */
    const char *country;      /* C; NULL: none */
    KeyKind key;
    const char *digest;    /* that signs it; NULL: SHA256 */
    int64_t not_before_ms; /* 0: a year before TEST_NOW_MS */
    int64_t not_after_ms;  /* 0: a year after it; ten for a root or an intermediate */
    const char *basic;     /* OpenSSL's words: "critical,CA:TRUE"; NULL: fits the role */
    const char *key_usage; /* "critical,digitalSignature" */
    const char *eku;       /* "codeSigning,1.3.6.1.4.1.311.10.3.13" */
    const char *host;      /* subjectAltName: "DNS:shop.example,IP:127.0.0.1"; NULL: none */
    bool version_1;        /* X.509 v1: no extension at all */
    bool key_again;        /* RSA: the second key of its kind, not the first */
} CertificatePlan;

typedef struct Identity {
    EVP_PKEY *key;
    X509 *certificate;
} Identity;

/* NULL as issuer: signed by itself. */
Identity identity_make(const CertificatePlan *plan, const Identity *issuer);
/* The same name and key once more, issued by another: a cross certificate. */
Identity identity_cross(const Identity *subject, const Identity *issuer);
void identity_free(Identity *identity);
#define CLEANUP_IDENTITY __attribute__((cleanup(identity_free)))

/* ---- the usual ones ---- */

/* Two trees: code (root, intermediate, signer) and time (tsa_root, tsa). All P-256. */
typedef struct Authority {
    Identity root, intermediate, signer;
    Identity tsa_root, tsa;
} Authority;

Authority authority_make(void);
void authority_free(Authority *authority);
#define CLEANUP_AUTHORITY __attribute__((cleanup(authority_free)))

/* ---- files ---- */

/* PEM, all of them in one file; the list ends with NULL. */
void certificates_write(const char *path, const X509 *const *certificates);
void certificate_write(const char *path, const Identity *identity);
void key_write(const char *path, const Identity *identity);

#endif
