/* pe_signer: signs a program as Authenticode does, well or wrong in one way.
 *
 * Independent of verify/: the ASN.1 is written by der.c, the image is hashed by the spans that
 * pe_builder.h calls covered. Asserts with cmocka. Source: Microsoft, "Windows Authenticode
 * Portable Executable Signature Format". */
#ifndef GODEPLOY_TESTS_SUPPORT_PE_SIGNER_H
#define GODEPLOY_TESTS_SUPPORT_PE_SIGNER_H

#include "tests/support/authority.h"
#include "tests/support/pe_builder.h"
#include "tests/support/timestamp_maker.h"

typedef enum SignatureFlaw {
    SIGNATURE_GOOD,
    FLAW_DIGEST_VALUE,          /* the image digest is another */
    FLAW_DIGEST_EMPTY,          /* has no byte */
    FLAW_DIGEST_SHORT,          /* lacks its last byte */
    FLAW_DIGEST_LONG,           /* has one more */
    FLAW_DIGEST_UNKNOWN,        /* its algorithm is 1.3.6.1.4.1.99999.1 */
    FLAW_DIGEST_SIGNER_DIFFERS, /* SignerInfo says SHA-384, the others SHA-256 */
    FLAW_DIGEST_SET_DIFFERS,    /* SignedData's set says SHA-384 */
    FLAW_CONTENT_TYPE,          /* the attribute says "data" */
    FLAW_NO_CONTENT_TYPE,
    FLAW_CONTENT_OID,          /* the content itself says "data" */
    FLAW_MESSAGE_DIGEST,       /* over other content */
    FLAW_MESSAGE_DIGEST_WHOLE, /* over the content with its tag and length */
    FLAW_NO_MESSAGE_DIGEST,
    FLAW_NO_ATTRIBUTES,   /* signs the content itself */
    FLAW_SIGNATURE_VALUE, /* one bit is turned */
    FLAW_NO_SIGNER,
    FLAW_TWO_SIGNERS,
    FLAW_DETACHED,
    FLAW_IMAGE_TYPE,        /* SpcIndirectData is about a file of another kind (SPC_CAB_DATA) */
    FLAW_INDEFINITE_LENGTH, /* BER around it all */
    FLAW_TRAILING_BYTE,     /* behind the ContentInfo, and not zero */
    FLAW_TRAILING_ZEROS     /* eight of them, inside dwLength */
} SignatureFlaw;

typedef enum PageHashes { PAGES_NONE, PAGES_RIGHT, PAGES_WRONG } PageHashes;

typedef struct SignaturePlan {
    const Identity *signer;
    const X509 *const *extra; /* certificates besides the signer's, ends with NULL; NULL: none */
    bool extra_first;         /* they stand before the signer's */
    bool without_certificate; /* the signer's is not there */
    const char *digest;       /* of image and signer; NULL: SHA256 */
    SignatureFlaw flaw;
    PageHashes pages;        /* by SHA-256, or SHA-1 if that is the digest */
    size_t stuffing;         /* bytes in an attribute that is not signed */
    int64_t signing_time_ms; /* the signer's own word; 0: he says nothing */
    /* Encoded ContentInfos (signature_make()) to be nested in it; ends with NULL; NULL: none. */
    const Text *const *nested;
    /* Ends with NULL; NULL: none. */
    const TimestampPlan *const *timestamps;
} SignaturePlan;

/* The ContentInfo for this image, which is filled up to 8 bytes first. Appends to `out`. */
void signature_make(PeFile *image, const SignaturePlan *plan, Text *out);
/* The same, put into the certificate table of `image`. */
void pe_sign(PeFile *image, const SignaturePlan *plan);

#endif
