/* signatures: all signatures on one file: the one in its certificate table, and those nested in the
 * unsigned attributes of that one or of each other (1.3.6.1.4.1.311.2.4.1).
 *
 * Only for verify/authenticode: OpenSSL's types are seen. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SIGNATURES_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SIGNATURES_H

#include "verify/authenticode/signed_data.h"

enum { SIGNATURES_MOST = 8, SIGNATURES_DEPTH_MOST = 3 }; /* real files: two, one level */

typedef struct Signatures {
    SignedData items[SIGNATURES_MOST]; /* the outermost first, then level by level */
    int depths[SIGNATURES_MOST];       /* 0: outermost */
    int count;
    /* Bytes in unsigned attributes that mean nothing to Authenticode: anybody can have put them
     * there without breaking a signature, and some do so to pass data to an installer. */
    size_t stuffing;
} Signatures;

/* Stops at the first that cannot be read; those before it are in `out` (to be freed) all the same.
 */
bool signatures_parse(const uint8_t *bytes, size_t length, Signatures *out, Finding *finding);
void signatures_free(Signatures *signatures); /* its parts, not the struct */
#define CLEANUP_SIGNATURES __attribute__((cleanup(signatures_free)))

/* "the signature", or "signature 2 of 3 (nested)" where there are several; for a reason. */
enum { SIGNATURE_TITLE_SIZE = 48 };
const char *signatures_title(const Signatures *signatures, int index,
                             char out[SIGNATURE_TITLE_SIZE]);

#endif
