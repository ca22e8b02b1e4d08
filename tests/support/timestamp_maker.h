/* timestamp_maker: says when a signature was made, rightly or wrong in one way.
 *
 * Asserts with cmocka. Source: RFC 3161, 5035 (ESSCertIDv2); PKCS#9, 5.6. */
#ifndef GODEPLOY_TESTS_SUPPORT_TIMESTAMP_MAKER_H
#define GODEPLOY_TESTS_SUPPORT_TIMESTAMP_MAKER_H

#include "tests/support/signer_info.h"

typedef enum TimestampKind { STAMP_RFC3161, STAMP_COUNTERSIGNATURE } TimestampKind;

typedef enum TimestampFlaw {
    STAMP_GOOD,
    /* Both kinds. */
    STAMP_SIGNATURE_VALUE, /* one bit of the TSA's signature is turned */
    STAMP_OTHER_SIGNATURE, /* it is over another signature than this one */
    STAMP_MESSAGE_DIGEST,  /* the attribute is over other content, and well signed */
    STAMP_NO_MESSAGE_DIGEST,
    STAMP_NO_ATTRIBUTES,  /* nothing is signed but the content */
    STAMP_NO_CERTIFICATE, /* the TSA's is not there */
    STAMP_CONTENT_TYPE,   /* the attribute says "data"; for a countersignature, TSTInfo */
    STAMP_GARBAGE,        /* the attribute's value is an INTEGER */
    STAMP_TWO_VALUES,     /* the attribute has two values */
    /* RFC 3161. */
    STAMP_IMPRINT_TRUNCATED, /* the imprint lacks its last byte */
    STAMP_CONTENT_OID,       /* eContentType is "data" */
    STAMP_NO_ESS,            /* no signing-certificate attribute */
    STAMP_ESS_OTHER,         /* it names another certificate */
    STAMP_ESS_SECOND_OTHER,  /* ESSCertID is right, the ESSCertIDv2 beside it names another */
    STAMP_ESS_TWICE,         /* the attribute is there twice */
    STAMP_TWO_SIGNERS,
    STAMP_DETACHED,
    STAMP_VERSION_2,          /* TSTInfo of a version that is not known */
    STAMP_LOCAL_TIME,         /* genTime "202605021200+0200", which RFC 3161 forbids */
    STAMP_TRAILING_BYTES,     /* behind the TSTInfo, inside its OCTET STRING */
    STAMP_CRITICAL_EXTENSION, /* TSTInfo has a critical extension nobody knows */
    /* Countersignature. */
    STAMP_NO_SIGNING_TIME,
    STAMP_UNSIGNED_TIME /* the time stands among the unsigned attributes */
} TimestampFlaw;

typedef struct TimestampPlan {
    TimestampKind kind;
    const Identity *tsa;
    const X509 *const *extra; /* more certificates, ends with NULL; NULL: none */
    int64_t time_ms;          /* 0: TEST_SIGNED_MS */
    const char *digest;       /* of the TSA's signature; NULL: SHA256 */
    const char *imprint;      /* RFC 3161: of what it stamps; NULL: as `digest` */
    bool ess_v1;              /* RFC 3161: ESSCertID (SHA-1) in place of ESSCertIDv2 */
    const char *ess; /* RFC 3161: digest of the ESSCertIDv2; NULL: SHA256, which is not written */
    bool attribute_certificate; /* RFC 3161: a v1AttrCert among the certificates, as Microsoft's */
    bool fraction;              /* RFC 3161: genTime with ".25" */
    TimestampFlaw flaw;
} TimestampPlan;

/* Some flaws are of one kind alone; and a timestamp beside garbage (STAMP_TWO_VALUES) is a good
 * one, so that no kind has that flaw. */
bool timestamp_flaw_applies(TimestampKind kind, TimestampFlaw flaw);

/* Appends the unsigned attribute that stamps `signature`. A countersignature's certificates belong
 * into the outer SignedData: pe_signer.c puts them there. */
void timestamp_make(const TimestampPlan *plan, const Text *signature, Text *attributes);

#endif
