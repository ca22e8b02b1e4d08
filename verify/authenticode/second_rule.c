/* See second_rule.h. */
#include "verify/authenticode/second_rule.h"

#include "verify/authenticode/codes.h"

#include <stdio.h>

/* Numbers of winerror.h, which only Windows has. */
enum { FIRST_OF_CHAINS = 0x0101, LAST_OF_CHAINS = 0x0114, TRUST_FAIL = 0x010b };
enum { TRUST_EXPLICIT_DISTRUST = 0x0111, CODE_BITS = 16 };
static const uint32_t facility_certificate = 0x800b;
static const uint32_t trust_time_stamp = 0x80096005;

static bool is_trusted(const SecondAnswer *answer)
{
    return answer->result == 0 && answer->has_chain && answer->trust_status == 0 &&
           answer->is_for_code;
}

/* Whole, but by somebody who is not trusted, or no longer: what CERT_E_... says. Any other refusal
 * may mean that bytes were changed. */
static bool is_broken(const SecondAnswer *answer)
{
    uint32_t code = answer->result & ((UINT32_C(1) << CODE_BITS) - 1);

    if (answer->result == 0 || answer->result == trust_time_stamp)
        return false;
    return answer->result >> CODE_BITS != facility_certificate || code < FIRST_OF_CHAINS ||
           code > LAST_OF_CHAINS || code == TRUST_FAIL || code == TRUST_EXPLICIT_DISTRUST;
}

static void refuse(size_t index, const SecondAnswer *answer, SecondVerdict *out)
{
    const char *why = "does not trust the chain of its certificates: TrustStatus";
    unsigned long number = answer->trust_status;
    char which[40] = "";

    if (answer->result != 0) {
        why = "does not trust it: WinVerifyTrust says";
        number = answer->result;
    } else if (!answer->has_chain) {
        why = "shows no chain of certificates: state";
    } else if (answer->trust_status == 0) {
        why = "shows a certificate that is not meant for code: TrustStatus";
    }
    if (index > 0)
        (void)snprintf(which, sizeof which, " (nested signature %zu)", index);
    out->trusted = false;
    (void)snprintf(out->reason, sizeof out->reason, "Windows %s 0x%lx%s", why, number, which);
}

void second_rule_judge(const SecondAnswer *answers, size_t count, SecondVerdict *out)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any = any || is_trusted(&answers[i]);
        if (is_broken(&answers[i])) {
            refuse(i, &answers[i], out);
            return;
        }
    }
    if (any)
        *out = (SecondVerdict){.trusted = true, .reason = "Windows trusts it"};
    else
        refuse(0, &answers[0], out);
}

void second_rule_apply(const SecondVerdict *second, AuthenticodeVerdict *verdict)
{
    if (verdict->status != AUTHENTICODE_VALID || second->trusted)
        return;
    verdict->status = AUTHENTICODE_INVALID;
    verdict->code = code_name(CODE_WINDOWS_REFUSES);
    (void)snprintf(verdict->reason, sizeof verdict->reason, "its signature is good, and %s",
                   second->reason);
}
