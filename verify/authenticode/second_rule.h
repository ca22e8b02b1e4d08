/* second_rule: what Windows answered for each signature of a program, as one verdict by the rule of
 * authenticode.h: none is broken, and at least one is trusted. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_SECOND_RULE_H
#define GODEPLOY_VERIFY_AUTHENTICODE_SECOND_RULE_H

#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/second_judge.h"

#include <stddef.h>
#include <stdint.h>

/* More signatures than that on one file are refused unread. */
enum { SECOND_SIGNATURES = 16 };

/* Of one signature. */
typedef struct SecondAnswer {
    uint32_t result;       /* what WinVerifyTrust returned; 0: good as far as it looks */
    bool has_chain;        /* where the result is 0: did it show the chain it is founded on? */
    uint32_t trust_status; /* of that chain, CERT_TRUST_*; 0: nothing is wrong with it */
    bool is_for_code;      /* the signer's certificate names codeSigning */
} SecondAnswer;

/* `answers`: the first signature, then those nested in it, at least one. */
void second_rule_judge(const SecondAnswer *answers, size_t count, SecondVerdict *out);

/* Both must agree: a verdict that is valid becomes "windows-refuses" where Windows does not. */
void second_rule_apply(const SecondVerdict *second, AuthenticodeVerdict *verdict);

#endif
