/* authenticode: who signed this program, when, and does that still stand?
 *
 * The same answer on every system: no certificate store of the host is asked. A file is read once,
 * front to back, in bounded memory; where its signature shows that more is needed (another digest,
 * page hashes) it is read again through the same handle, and both readings must agree.
 *
 * The rule: no signature on the file may be broken, and at least one must meet the whole policy.
 * Source: Microsoft, "Windows Authenticode Portable Executable Signature Format"; RFC 2315, 3161,
 * 5280, 5652. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_AUTHENTICODE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_AUTHENTICODE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- whom we believe ---- */

typedef struct AuthenticodeOptions {
    const TextList *ca;         /* PEM files: anchors for code */
    const TextList *tsa_ca;     /* PEM files: anchors for time; empty or NULL: those of `ca` */
    const TextList *crls;       /* PEM or DER files; empty or NULL: revocation is not looked at */
    const TextList *publishers; /* who may have signed: "CN=Example Ltd" (every part named must be
                                   in the subject), "spki:<64 hex>" or "cert:<64 hex>" (SHA-256);
                                   empty or NULL: anybody who chains to `ca` */
    bool partial_chain;         /* an anchor may be an intermediate */
    bool allow_sha1;            /* for old code; MD5 never */
    bool require_timestamp;
    int64_t at_ms; /* judged as of then (wall clock, ms); 0: now */
} AuthenticodeOptions;

typedef struct AuthenticodePolicy AuthenticodePolicy;

/* Reads all files named; ERR_KEY, ERR_FILE or ERR_SETTINGS names the one that is not fit. Read-only
 * afterwards: several threads may use one policy. */
bool authenticode_policy_load(const AuthenticodeOptions *options, AuthenticodePolicy **out,
                              Error *err);
void authenticode_policy_free(AuthenticodePolicy *policy);
DEFINE_CLEANUP(AuthenticodePolicy *, authenticode_policy_free)

/* ---- what we say of a file ---- */

typedef enum AuthenticodeStatus {
    AUTHENTICODE_VALID,
    AUTHENTICODE_UNSIGNED, /* a program without a signature of its own */
    AUTHENTICODE_INVALID,
    AUTHENTICODE_NOT_PE /* no Windows program at all, judged by its content */
} AuthenticodeStatus;

enum {
    AUTHENTICODE_NAME_SIZE = 256,
    AUTHENTICODE_REASON_SIZE = 320,
    AUTHENTICODE_CHAIN_MOST = 8,
    AUTHENTICODE_NOTE_SIZE = 160
};

typedef enum TimeSource { TIME_NOW, TIME_RFC3161, TIME_COUNTERSIGNATURE } TimeSource;

/* Plain memory. Names come from certificates: they are printable (entry_name_printable() and the
 * like have been over them). */
typedef struct AuthenticodeVerdict {
    AuthenticodeStatus status;
    bool dll;         /* a library: IMAGE_FILE_DLL; false where headers could not be read */
    const char *code; /* static: "ok", "unsigned", "digest-mismatch", ... */
    char reason[AUTHENTICODE_REASON_SIZE]; /* one sentence, also for success */
    char note[AUTHENTICODE_NOTE_SIZE];     /* what is odd but allowed; "" if nothing */
    int signatures;                        /* found on the file, nested ones too */
    int counted; /* index of the one that the verdict rests on; -1: none */
    char publisher[AUTHENTICODE_NAME_SIZE]; /* common name of the signer; "" if unknown */
    char signer[AUTHENTICODE_NAME_SIZE];    /* its whole subject, RFC 2253 */
    char digest_name[16];                   /* "sha256" */
    char digest[2 * 64 + 1];                /* image digest, hex */
    TimeSource time_source;
    int64_t time_ms; /* when it was signed, as far as that is proven; 0: not known */
    char tsa[AUTHENTICODE_NAME_SIZE]; /* who says so; "" */
    int64_t valid_until_ms;           /* notAfter of the signer's certificate; 0: not known */
    int chain_length;                 /* leaf first, anchor last, as far as it was found */
    char chain[AUTHENTICODE_CHAIN_MOST][AUTHENTICODE_NAME_SIZE];
} AuthenticodeVerdict;

const char *authenticode_status_name(AuthenticodeStatus status); /* "valid"; static */
const char *time_source_name(TimeSource source);                 /* "rfc3161"; static */

/* ---- asking ---- */

/* Bytes from front to back, and once more from the start if asked. */
typedef struct AuthenticodeSource {
    /* Up to `size` bytes; *got is 0 only at the end. */
    bool (*read)(void *context, void *buffer, size_t size, size_t *got, Error *err);
    bool (*rewind)(void *context, Error *err);
    /* NULL where it cannot be had: reads exactly `size` bytes at `offset`, position unchanged. */
    bool (*read_at)(void *context, uint64_t offset, void *buffer, size_t size, Error *err);
    void *context;
    uint64_t size_bytes;
} AuthenticodeSource;

/* False only if it could not be read or judged (ERR_FILE, ERR_MEMORY, ERR_CRYPTO, or what the
 * source said): a file that is not to be trusted is true, with the verdict. */
bool authenticode_check(const AuthenticodePolicy *policy, const AuthenticodeSource *source,
                        AuthenticodeVerdict *out, Error *err);
bool authenticode_check_file(const AuthenticodePolicy *policy, const char *path,
                             AuthenticodeVerdict *out, Error *err);

#endif
