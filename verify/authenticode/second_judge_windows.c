/* See second_judge.h. */
#include "verify/authenticode/second_judge.h"

#include "base/wide_windows.h"
#include "verify/authenticode/second_rule.h"

#include <windows.h>

#include <softpub.h>
#include <string.h>
#include <wintrust.h>

enum { USAGE_BYTES = 16 * 1024 };

bool second_judge_exists(void)
{
    return true;
}

/* ---- the chain ---- */

/* Named by the certificate itself. Without the extension it is good for anything, which is not
 * enough: nobody meant it for code then. */
static bool is_meant_for_code(const CERT_CONTEXT *certificate)
{
    union {
        CERT_ENHKEY_USAGE usage;
        BYTE room[USAGE_BYTES];
    } found = {0};
    DWORD size = sizeof found;

    if (!CertGetEnhancedKeyUsage(certificate, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG, &found.usage,
                                 &size))
        return false;
    for (DWORD i = 0; i < found.usage.cUsageIdentifier; i++)
        if (strcmp(found.usage.rgpszUsageIdentifier[i], szOID_PKIX_KP_CODE_SIGNING) == 0)
            return true;
    return false;
}

/* What WinVerifyTrust built its answer on, which says more than the answer. */
static void look_at_chain(HANDLE state, SecondAnswer *answer)
{
    CRYPT_PROVIDER_DATA *provider = WTHelperProvDataFromStateData(state);
    const CRYPT_PROVIDER_SGNR *signer =
        provider ? WTHelperGetProvSignerFromChain(provider, 0, FALSE, 0) : NULL;

    if (!signer || !signer->pChainContext || signer->csCertChain == 0 || !signer->pasCertChain ||
        !signer->pasCertChain[0].pCert)
        return;
    answer->has_chain = true;
    answer->trust_status = signer->pChainContext->TrustStatus.dwErrorStatus;
    answer->is_for_code = is_meant_for_code(signer->pasCertChain[0].pCert);
}

/* ---- the question ---- */

/* WINTRUST_SIGNATURE_SETTINGS and WINTRUST_DATA as they are since Windows 8, which not all headers
 * know: learn.microsoft.com/windows/win32/api/wintrust */
typedef struct WhichSignature {
    DWORD size;
    DWORD index; /* 0: the first; the others are nested in it */
    DWORD flags;
    DWORD others; /* answer: how many are nested */
    DWORD looked_at;
    const void *strength; /* NULL: what the system asks for */
} WhichSignature;

enum {
    THIS_SIGNATURE = 1,
    COUNT_THE_OTHERS = 2
}; /* WSS_VERIFY_SPECIFIC, ..._SECONDARY_SIG_COUNT */

typedef struct Question {
    DWORD size;
    void *callback;
    void *subject;
    DWORD window;
    DWORD revocation;
    DWORD choice;
    WINTRUST_FILE_INFO *file;
    DWORD action;
    HANDLE state;
    WCHAR *url;
    DWORD flags;
    DWORD purpose;
    WhichSignature *which;
} Question;

/* Without the network, unless revocation may be asked for there. */
static Question make_question(WINTRUST_FILE_INFO *file, WhichSignature *which, bool revocation)
{
    return (Question){
        .size = sizeof(Question),
        .window = WTD_UI_NONE,
        .revocation = revocation ? WTD_REVOKE_WHOLECHAIN : WTD_REVOKE_NONE,
        .choice = WTD_CHOICE_FILE,
        .file = file,
        .action = WTD_STATEACTION_VERIFY,
        .flags = revocation ? WTD_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT
                            : WTD_REVOCATION_CHECK_NONE | WTD_CACHE_ONLY_URL_RETRIEVAL,
        .which = which,
    };
}

/* *others: how many signatures are nested in the first. */
static SecondAnswer ask(WINTRUST_FILE_INFO *file, DWORD index, bool revocation, DWORD *others)
{
    GUID action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    WhichSignature which = {
        .size = sizeof which, .index = index, .flags = THIS_SIGNATURE | COUNT_THE_OTHERS};
    Question question = make_question(file, &which, revocation);
    SecondAnswer answer = {0};

    answer.result = (uint32_t)WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &question);
    if (answer.result == 0)
        look_at_chain(question.state, &answer);
    *others = which.others;
    question.action = WTD_STATEACTION_CLOSE;
    (void)WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &question); /* gives its state back */
    return answer;
}

static void judge_all(WINTRUST_FILE_INFO *file, bool revocation, SecondVerdict *out)
{
    SecondAnswer answers[SECOND_SIGNATURES] = {{0}};
    DWORD others = 0, ignored = 0;

    answers[0] = ask(file, 0, revocation, &others);
    if (others >= SECOND_SIGNATURES) {
        *out = (SecondVerdict){.reason = "Windows finds more signatures on it than godeploy takes"};
        return;
    }
    for (DWORD i = 1; i <= others; i++)
        answers[i] = ask(file, i, revocation, &ignored);
    second_rule_judge(answers, (size_t)others + 1, out);
}

bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err)
{
    CLEANUP(free) wchar_t *wide = NULL;
    WINTRUST_FILE_INFO file = {.cbStruct = sizeof file};

    if (!wide_path(path, &wide, err))
        return false;
    file.pcwszFilePath = wide;
    judge_all(&file, revocation, out);
    return true;
}
