/* der: ASN.1 written piece by piece, so that a test can write what no honest library would.
 *
 *     const size_t sequence = der_open(out);        whatever is written from here on ...
 *     der_integer(out, 1);
 *     der_close(out, DER_SEQUENCE, sequence);       ... stands inside
 *
 * Independent of verify/. Asserts with cmocka. Source: ITU-T X.690. */
#ifndef GODEPLOY_TESTS_SUPPORT_DER_H
#define GODEPLOY_TESTS_SUPPORT_DER_H

#include "base/text.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_FIELD = 0x80,    /* [0] of a primitive type; + 1 is [1] */
    DER_FIELD_OF = 0xa0, /* [0] of a constructed type, or EXPLICIT */
    DER_DIGEST_MOST = 64
};

size_t der_open(const Text *out);
void der_close(Text *out, int tag, size_t opened);
void der_close_set_of(Text *out, int tag, size_t opened); /* sorts the elements, as DER asks */

void der_put(Text *out, int tag, const void *bytes, size_t length);
void der_integer(Text *out, int64_t value);        /* 0 to 2^55 */
void der_oid(Text *out, const char *oid);          /* "1.2.3", or a name that OpenSSL knows */
void der_algorithm(Text *out, const char *digest); /* AlgorithmIdentifier with NULL */
void der_time(Text *out, int tag, int64_t time_ms);

/* Digest by its name ("SHA256"); its size. */
size_t der_digest(const char *digest, const void *bytes, size_t length,
                  uint8_t out[DER_DIGEST_MOST]);

/* What stands inside the first element of `bytes`: without its tag and length. */
const uint8_t *der_content(const void *bytes, size_t *length);

#endif
