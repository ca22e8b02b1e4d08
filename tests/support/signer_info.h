/* signer_info: one SignerInfo, good or wrong in one way: what signatures, tokens and
 * countersignatures all end in.
 *
 * The order is that of its making: attributes, signature over them, then (a timestamp needs the
 * signature) the attributes that are not signed. Asserts with cmocka. Source: RFC 5652, 5.3. */
#ifndef GODEPLOY_TESTS_SUPPORT_SIGNER_INFO_H
#define GODEPLOY_TESTS_SUPPORT_SIGNER_INFO_H

#include "tests/support/authority.h"
#include "tests/support/der.h"

#define OID_DATA              "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA       "1.2.840.113549.1.7.2"
#define OID_CONTENT_TYPE      "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST    "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME      "1.2.840.113549.1.9.5"
#define OID_COUNTER_SIGNATURE "1.2.840.113549.1.9.6"

typedef struct SignerInfo {
    const Identity *identity; /* borrowed */
    const char *digest;       /* "SHA256" */
    Text attributes;          /* signed: encoded one after the other; empty: there are none */
    Text signature;
    Text unsigned_attributes;
} SignerInfo;

SignerInfo signer_info_begin(const Identity *identity, const char *digest);
void signer_info_free(SignerInfo *info);
#define CLEANUP_SIGNER_INFO __attribute__((cleanup(signer_info_free)))

/* Attribute ::= SEQUENCE { oid, SET { value } }; `value` is one encoded element. */
void attribute_write(Text *attributes, const char *oid, const Text *value);
void signer_info_add_content_type(SignerInfo *info, const char *oid);
void signer_info_add_digest_of(SignerInfo *info, const void *content, size_t length);
void signer_info_add_signing_time(SignerInfo *info, int64_t time_ms); /* UTCTime */

/* Over the attributes as a SET, or over `content` where there are none. */
void signer_info_sign(SignerInfo *info, const void *content, size_t length);
void signer_info_write(const SignerInfo *info, Text *out);

/* ---- around SignerInfos ---- */

typedef struct SignedDataPlan {
    int version;
    const char *digest;              /* the set of digest algorithms: this one */
    const char *content_type;        /* an object identifier */
    const Text *content;             /* one encoded element; NULL: detached */
    const X509 *const *certificates; /* ends with NULL; written in this order */
    bool attribute_certificate;      /* and a v1AttrCert after them, as Microsoft's TSA has it */
    const Text *signer_infos;        /* encoded one after the other */
} SignedDataPlan;

/* A whole ContentInfo. */
void signed_data_write(const SignedDataPlan *plan, Text *out);

#endif
