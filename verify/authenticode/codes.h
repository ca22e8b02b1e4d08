/* codes: every verdict on a signature has a code; this is the table of them.
 *
 * Scripts read the codes: append only. README.md beside this file says of each what it means and
 * what to do. The codes of the file's layout are in pe_problem.h and end up in a verdict too. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_CODES_H
#define GODEPLOY_VERIFY_AUTHENTICODE_CODES_H

/* BROKEN: the bytes are not what somebody signed, or what was signed cannot be read. One such
 * signature refuses the whole file.
 * UNMET: whole, but not what the policy asks for. Another signature of the file may meet it. */
typedef enum CodeClass { CLASS_FINE, CLASS_BROKEN, CLASS_UNMET } CodeClass;

#define AUTHENTICODE_CODES(X)                                                                      \
    X(CODE_OK, "ok", FINE)                                                                         \
    X(CODE_READINGS_DIFFER, "readings-differ", BROKEN)                                             \
    /* the message */                                                                              \
    X(CODE_MALFORMED, "malformed", BROKEN)                                                         \
    X(CODE_BER, "ber", BROKEN)                                                                     \
    X(CODE_TRAILING_DATA, "trailing-data", BROKEN)                                                 \
    X(CODE_TOO_MANY, "too-many", BROKEN)                                                           \
    X(CODE_CONTENT_TYPE, "content-type", BROKEN)                                                   \
    X(CODE_DETACHED, "detached", BROKEN)                                                           \
    X(CODE_SIGNER_COUNT, "signer-count", BROKEN)                                                   \
    X(CODE_CERTIFICATE_MISSING, "certificate-missing", BROKEN)                                     \
    X(CODE_INDIRECT_DATA, "indirect-data", BROKEN)                                                 \
    X(CODE_DIGEST_DISAGREES, "digest-disagrees", BROKEN)                                           \
    X(CODE_DIGEST_UNKNOWN, "digest-unknown", UNMET)                                                \
    X(CODE_DIGEST_LENGTH, "digest-length", BROKEN)                                                 \
    X(CODE_DIGEST_MISMATCH, "digest-mismatch", BROKEN)                                             \
    X(CODE_PAGE_HASHES, "page-hashes", BROKEN)                                                     \
    X(CODE_ATTRIBUTES, "attributes", BROKEN)                                                       \
    X(CODE_MESSAGE_DIGEST, "message-digest", BROKEN)                                               \
    X(CODE_SIGNATURE_ALGORITHM, "signature-algorithm", UNMET)                                      \
    X(CODE_SIGNATURE_WRONG, "signature-wrong", BROKEN)                                             \
    /* what the policy asks for */                                                                 \
    X(CODE_WEAK_DIGEST, "weak-digest", UNMET)                                                      \
    X(CODE_NO_TIMESTAMP, "no-timestamp", UNMET)                                                    \
    X(CODE_TIME_OUTSIDE, "time-outside", UNMET)                                                    \
    X(CODE_ROOT_NOT_IN_BUNDLE, "root-not-in-bundle", UNMET)                                        \
    X(CODE_CHAIN_SIGNATURE, "chain-signature", UNMET)                                              \
    X(CODE_CHAIN_TOO_LONG, "chain-too-long", UNMET)                                                \
    X(CODE_CHAIN_INVALID, "chain-invalid", UNMET)                                                  \
    X(CODE_EXPIRED, "expired", UNMET)                                                              \
    X(CODE_NOT_YET_VALID, "not-yet-valid", UNMET)                                                  \
    X(CODE_NOT_A_CA, "not-a-ca", UNMET)                                                            \
    X(CODE_PATH_LENGTH, "path-length", UNMET)                                                      \
    X(CODE_NAME_CONSTRAINTS, "name-constraints", UNMET)                                            \
    X(CODE_CRITICAL_EXTENSION, "critical-extension", UNMET)                                        \
    X(CODE_KEY_USAGE, "key-usage", UNMET)                                                          \
    X(CODE_EKU_LEAF, "eku-leaf", UNMET)                                                            \
    X(CODE_EKU_ISSUER, "eku-issuer", UNMET)                                                        \
    X(CODE_WEAK_CHAIN, "weak-chain", UNMET)                                                        \
    X(CODE_WEAK_KEY, "weak-key", UNMET)                                                            \
    X(CODE_KEY_KIND, "key-kind", UNMET)                                                            \
    X(CODE_EC_PARAMETERS, "ec-parameters", UNMET)                                                  \
    X(CODE_REVOKED, "revoked", UNMET)                                                              \
    X(CODE_REVOCATION_UNKNOWN, "revocation-unknown", UNMET)                                        \
    X(CODE_PUBLISHER, "publisher", UNMET)                                                          \
    /* a timestamp; one that fails is none, whatever the class */                                  \
    X(CODE_IMPRINT_MISMATCH, "imprint-mismatch", UNMET)                                            \
    X(CODE_SIGNING_CERTIFICATE, "signing-certificate", UNMET)                                      \
    X(CODE_TIME_MALFORMED, "time-malformed", UNMET)                                                \
    X(CODE_TIME_IN_FUTURE, "time-in-future", UNMET)                                                \
    X(CODE_TSA_EKU, "tsa-eku", UNMET)                                                              \
    X(CODE_TSA_IS_SIGNER, "tsa-is-signer", UNMET)                                                  \
    X(CODE_TSA_UNTRUSTED, "tsa-untrusted", UNMET)                                                  \
    /* another judge */                                                                            \
    X(CODE_WINDOWS_REFUSES, "windows-refuses", UNMET)

typedef enum Code {
#define CODE_AS_ENUM(id, name, class) id,
    AUTHENTICODE_CODES(CODE_AS_ENUM)
#undef CODE_AS_ENUM
} Code;

const char *code_name(Code code); /* "digest-mismatch"; static */
CodeClass code_class(Code code);

#endif
