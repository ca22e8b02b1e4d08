/* signed_data: one Authenticode signature, taken apart: a PKCS #7 SignedData message with exactly
 * one signer, over an SpcIndirectDataContent. Nothing in it is believed yet.
 *
 * Source: RFC 2315; Microsoft, "Windows Authenticode Portable Executable Signature Format". Only
 * for verify/authenticode: OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SIGNED_DATA_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SIGNED_DATA_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/indirect_data.h"
#include "verify/openssl.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SIGNED_DATA_CERTIFICATES_MOST = 32, /* real files have three to eight */
    SIGNED_DATA_ATTRIBUTES_MOST = 32    /* signed ones, and as many not signed */
};

/* What it points to lives as long as `message`. */
typedef struct SignedData {
    PKCS7 *message;            /* owned */
    PKCS7_SIGNER_INFO *signer; /* the only one */
    STACK_OF(X509) * certificates;
    const uint8_t *content; /* SpcIndirectDataContent with tag and length */
    size_t content_length;
    IndirectData indirect;
    const DigestAlgorithm *digest; /* that the signer used; NULL: none that we know */
    char digest_name[OID_TEXT_SIZE];
} SignedData;

/* Exactly one DER value: a byte more is a finding. */
bool signed_data_parse(const uint8_t *bytes, size_t length, SignedData *out, Finding *finding);
void signed_data_free(SignedData *signed_data); /* its parts, not the struct */
#define CLEANUP_SIGNED_DATA __attribute__((cleanup(signed_data_free)))

#endif
