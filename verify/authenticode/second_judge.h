/* second_judge: what the system itself says of a signed program, by its own rules and its own store
 * of certificates.
 *
 * Only Windows has such a judge (WinVerifyTrust): second_judge_windows.c; second_judge_posix.c says
 * that there is none. It is never the only one: authenticode.h must have found the file good too.
 * Its return value alone is not trusted: the chain that it built must have no error in its
 * TrustStatus, and the signer's certificate must be meant for code by itself. Every signature of
 * the file is asked for, the nested ones too (since Windows 8): second_rule.h makes one verdict of
 * them. Source: learn.microsoft.com/windows/win32/api/wintrust/nf-wintrust-winverifytrust */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SECOND_JUDGE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SECOND_JUDGE_H

#include "base/error.h"

#include <stdbool.h>

enum { SECOND_REASON_SIZE = 200 };

typedef struct SecondVerdict {
    bool trusted;
    char reason[SECOND_REASON_SIZE]; /* one sentence, also where it is trusted */
} SecondVerdict;

bool second_judge_exists(void);

/* `path` is a file that nobody changes meanwhile. `revocation`: also looks whether the chain is
 * revoked, for which Windows may ask the network. False only if it could not be asked. No window is
 * opened. */
bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err);

#endif
