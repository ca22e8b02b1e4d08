/* rsa_pem: public keys that no honest tool makes, for the refusals of verify/key.c. */
#ifndef GODEPLOY_TESTS_VERIFY_RSA_PEM_H
#define GODEPLOY_TESTS_VERIFY_RSA_PEM_H

#include "tests/verify/box.h"

/* The modulus of a key of the box, in hex. The caller frees. */
static inline char *rsa_pem_modulus(Box *box, const char *public_path)
{
    const char *equals = NULL;
    char *hex = NULL;

    assert_int_equal(
        box_openssl(box, "rsa", "-pubin", "-in", public_path, "-modulus", "-noout", NULL), 0);
    equals = strchr(box->last.output, '=');
    assert_non_null(equals);
    hex = text_copy_bytes(equals + 1, strcspn(equals + 1, "\r\n"));
    assert_non_null(hex);
    return hex;
}

/* A SubjectPublicKeyInfo of these numbers in hex, whatever they are, as NAME. */
static inline const char *rsa_pem_write(Box *box, const char *name, const char *modulus,
                                        const char *exponent)
{
    CLEANUP(free)
    char *config = text_formatted("asn1=SEQUENCE:spki\n[spki]\nalgorithm=SEQUENCE:rsa\n"
                                  "key=BITWRAP,SEQUENCE:numbers\n[rsa]\nid=OID:rsaEncryption\n"
                                  "parameter=NULL\n[numbers]\nn=INTEGER:0x%s\ne=INTEGER:0x%s\n",
                                  modulus, exponent);
    CLEANUP(free) char *base64 = NULL;
    CLEANUP(free) char *pem = NULL;
    size_t length = 0;

    assert_non_null(config);
    box_write_text(box, "numbers.conf", config);
    assert_int_equal(box_openssl(box, "asn1parse", "-genconf", "numbers.conf", "-noout", "-out",
                                 "numbers.der", NULL),
                     0);
    assert_int_equal(box_openssl(box, "base64", "-in", "numbers.der", "-out", "numbers.b64", NULL),
                     0);
    base64 = box_read(box, "numbers.b64", &length);
    pem = text_formatted("-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----\n", base64);
    assert_non_null(pem);
    return box_write_text(box, name, pem);
}

#endif
