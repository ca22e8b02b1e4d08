/* file_verdict: one file by itself: who signed it, and does that count?
 *
 * Content decides how it is judged. A Windows program carries its signature inside (Authenticode);
 * anything else has one beside it (FILE.sig), as does a program where no authority is named. Where
 * a detached signature was asked for by name (--sig, --checksums), a program needs both. */
#ifndef GODEPLOY_CLI_FILE_VERDICT_H
#define GODEPLOY_CLI_FILE_VERDICT_H

#include "base/json.h"
#include "verify/authenticode/authenticode.h"
#include "verify/keyring.h"
#include "verify/scheme.h"

typedef struct FileJudge {
    const Keyring *keyring;           /* NULL: no detached signature can count */
    const AuthenticodePolicy *policy; /* NULL: no signature inside can count */
    SignatureScheme scheme;
    bool also_windows;       /* Windows must find a signature inside good as well */
    bool windows_revocation; /* ... and may ask the network whether it is revoked */
    const char *signature;   /* NULL: beside the file */
    const char *checksums;   /* NULL: the signature is over the file itself */
} FileJudge;

/* {file, kind: "authenticode" | "signature" | null, ok, code, reason, ...}: with what
 * authenticode_report() adds, or `key`. A file that cannot be read is "unreadable" and not ok. May
 * be asked in several threads. Caller owns it; NULL if out of memory. */
Json *file_verdict(const FileJudge *judge, const char *file);

#endif
