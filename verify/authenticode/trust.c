/* See trust.h. OpenSSL builds the chain and checks its signatures, times, CA rights and name
 * constraints. What it does not ask (it knows no purpose "code signing" before 3.2, and takes MD5
 * and 512 bits by default) is asked of every certificate afterwards. */
#include "verify/authenticode/trust.h"

#include "base/clock.h"
#include "verify/authenticode/certificate.h"
#include "verify/authenticode/finding.h"
#include "verify/authenticode/name.h"
#include "verify/authenticode/policy.h"
#include "verify/authenticode/revocation.h"

#include <stdio.h>
#include <time.h>

DEFINE_CLEANUP(STACK_OF(X509) *, sk_X509_free)

/* ---- OpenSSL's answer ---- */

/* Leaf and anchor besides: no chain is longer than AUTHENTICODE_CHAIN_MOST. */
enum { ISSUERS_MOST = AUTHENTICODE_CHAIN_MOST - 2 };

static Code code_of(int error)
{
    static const struct {
        int error;
        Code code;
    } rows[] = {
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,         CODE_ROOT_NOT_IN_BUNDLE},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CODE_ROOT_NOT_IN_BUNDLE},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,   CODE_ROOT_NOT_IN_BUNDLE},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,         CODE_ROOT_NOT_IN_BUNDLE},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,       CODE_ROOT_NOT_IN_BUNDLE},
        {X509_V_ERR_CERT_HAS_EXPIRED,                  CODE_EXPIRED           },
        {X509_V_ERR_CERT_NOT_YET_VALID,                CODE_NOT_YET_VALID     },
        {X509_V_ERR_CERT_SIGNATURE_FAILURE,            CODE_CHAIN_SIGNATURE   },
        {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM,   CODE_CHAIN_SIGNATURE   },
        {X509_V_ERR_CERT_CHAIN_TOO_LONG,               CODE_CHAIN_TOO_LONG    },
        {X509_V_ERR_INVALID_CA,                        CODE_NOT_A_CA          },
        {X509_V_ERR_KEYUSAGE_NO_CERTSIGN,              CODE_NOT_A_CA          },
        {X509_V_ERR_PATH_LENGTH_EXCEEDED,              CODE_PATH_LENGTH       },
        {X509_V_ERR_PERMITTED_VIOLATION,               CODE_NAME_CONSTRAINTS  },
        {X509_V_ERR_EXCLUDED_VIOLATION,                CODE_NAME_CONSTRAINTS  },
        {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,      CODE_CRITICAL_EXTENSION},
        {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS,            CODE_EC_PARAMETERS     },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].error == error)
            return rows[i].code;
    return CODE_CHAIN_INVALID;
}

static bool refuse_time(Code code, const X509 *certificate, int64_t at_ms, Finding *finding)
{
    char subject[AUTHENTICODE_NAME_SIZE];
    char bound[CLOCK_ISO_SIZE] = "an unreadable date";
    char at[CLOCK_ISO_SIZE];
    int64_t bound_ms = 0;

    if (certificate_time_ms(code == CODE_EXPIRED ? X509_get0_notAfter(certificate)
                                                 : X509_get0_notBefore(certificate),
                            &bound_ms))
        (void)clock_format_iso(bound_ms, bound);
    return finding_set(finding, code, "the certificate of %.120s is valid %s %s, judged as of %s",
                       trust_name(certificate, subject),
                       code == CODE_EXPIRED ? "until" : "only from", bound,
                       clock_format_iso(at_ms, at));
}

static bool refuse_chain(X509_STORE_CTX *context, int64_t at_ms, Finding *finding)
{
    const int error = X509_STORE_CTX_get_error(context);
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    const X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1);
    const X509 *culprit = X509_STORE_CTX_get_current_cert(context);
    const Code code = code_of(error);
    char name[AUTHENTICODE_NAME_SIZE];

    if (error == X509_V_ERR_OUT_OF_MEM)
        return finding_memory(finding);
    if (code == CODE_ROOT_NOT_IN_BUNDLE && last)
        return finding_set(finding, code, "root not in bundle: %.200s",
                           name_common(X509_get_issuer_name(last), name));
    if (!culprit)
        return finding_set(finding, code, "no chain can be built: %s",
                           X509_verify_cert_error_string(error));
    if (code == CODE_EXPIRED || code == CODE_NOT_YET_VALID)
        return refuse_time(code, culprit, at_ms, finding);
    return finding_set(finding, code, "the certificate of %.120s does not hold in its chain: %s",
                       trust_name(culprit, name), X509_verify_cert_error_string(error));
}

static bool set_up(X509_STORE_CTX *context, const AuthenticodePolicy *policy,
                   const TrustQuestion *question, STACK_OF(X509) * helpers)
{
    X509_STORE *anchors =
        question->purpose == TRUST_CODE ? policy->code_anchors : policy->time_anchors;
    X509_VERIFY_PARAM *param = NULL;

    if (X509_STORE_CTX_init(context, anchors, question->leaf, helpers) != 1)
        return false;
    param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)(question->at_ms / 1000));
    X509_VERIFY_PARAM_set_depth(param, ISSUERS_MOST);
    X509_VERIFY_PARAM_set_auth_level(param, 0); /* certificate.h says it in words */
    return X509_VERIFY_PARAM_set_flags(
               param, X509_V_FLAG_TRUSTED_FIRST |
                          (policy->partial_chain ? X509_V_FLAG_PARTIAL_CHAIN : 0UL)) == 1;
}

/* ---- our own questions ---- */

static bool check_issuer(X509 *certificate, bool is_anchor, const TrustQuestion *question,
                         Finding *finding)
{
    char subject[AUTHENTICODE_NAME_SIZE];
    const int ca = X509_check_ca(certificate);

    /* 1: by its basic constraints; 3: a self-signed one of version 1, which has no extensions. */
    if (ca != 1 && !(is_anchor && ca == 3))
        return finding_set(finding, CODE_NOT_A_CA, "%.120s issued a certificate but is no CA",
                           trust_name(certificate, subject));
    return certificate_check_issuer(certificate, question->purpose, finding);
}

static bool check_certificate(const STACK_OF(X509) * chain, int at,
                              const AuthenticodePolicy *policy, const TrustQuestion *question,
                              Finding *finding)
{
    X509 *certificate = sk_X509_value(chain, at);
    const bool is_anchor = at + 1 == sk_X509_num(chain);

    if (at == 0 && !certificate_check_leaf(certificate, question->purpose, finding))
        return false;
    if (at > 0 && !check_issuer(certificate, is_anchor, question, finding))
        return false;
    /* Nobody relies on the signature of an anchor: it is trusted because it was given to us. */
    return certificate_check_key(certificate, policy->allow_sha1, finding) &&
           (is_anchor || certificate_check_digest(certificate, policy->allow_sha1, finding));
}

static bool check_lifetime(const AuthenticodePolicy *policy, const TrustQuestion *question,
                           Finding *finding)
{
    const int64_t now_ms = policy_now_ms(policy);
    char subject[AUTHENTICODE_NAME_SIZE];
    int64_t until_ms = 0;

    if (question->purpose != TRUST_CODE || !certificate_is_for_lifetime(question->leaf))
        return true;
    if (certificate_time_ms(X509_get0_notAfter(question->leaf), &until_ms) && now_ms <= until_ms)
        return true;
    return finding_set(finding, CODE_EXPIRED,
                       "the certificate of %.120s has ended, and its signatures end with it "
                       "(lifetime signing), whatever a timestamp says",
                       trust_name(question->leaf, subject));
}

static bool check_chain(X509_STORE_CTX *context, const AuthenticodePolicy *policy,
                        const TrustQuestion *question, Finding *finding)
{
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);

    for (int i = 0; i < sk_X509_num(chain); i++)
        if (!check_certificate(chain, i, policy, question, finding))
            return false;
    return check_lifetime(policy, question, finding) &&
           revocation_check(policy, chain, question, finding);
}

/* ---- the answer ---- */

static void name_chain(X509_STORE_CTX *context, TrustAnswer *out)
{
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);

    for (int i = 0; i < sk_X509_num(chain) && i < AUTHENTICODE_CHAIN_MOST; i++) {
        (void)trust_name(sk_X509_value(chain, i), out->chain[i]);
        out->chain_length = i + 1;
    }
}

static bool verify(X509_STORE_CTX *context, const TrustQuestion *question, Finding *finding)
{
    ERR_clear_error();
    return X509_verify_cert(context) == 1 || refuse_chain(context, question->at_ms, finding);
}

bool trust_check(const AuthenticodePolicy *policy, const TrustQuestion *question, TrustAnswer *out,
                 Error *err)
{
    CLEANUP(sk_X509_free)
    STACK_OF(X509) *helpers = question->helpers ? sk_X509_dup(question->helpers) : NULL;
    CLEANUP(X509_STORE_CTX_free) X509_STORE_CTX *context = X509_STORE_CTX_new();
    TrustAnswer answer = {0};
    Finding finding = {0};

    if (!context || (question->helpers && !helpers) || !set_up(context, policy, question, helpers))
        return error_memory(err);
    answer.trusted =
        verify(context, question, &finding) && check_chain(context, policy, question, &finding);
    if (!finding_was_judged(&finding, err))
        return false;
    name_chain(context, &answer);
    answer.code = finding.code;
    (void)snprintf(answer.reason, sizeof answer.reason, "%s", finding.reason);
    *out = answer;
    return true;
}
