/* See second_judge.h. */
#include "verify/authenticode/second_judge.h"

#include "base/wide_windows.h"

#include <windows.h>

#include <softpub.h>
#include <stdio.h>
#include <string.h>
#include <wintrust.h>

enum { USAGE_BYTES = 16 * 1024 };

bool second_judge_exists(void)
{
    return true;
}

static void refuse(SecondVerdict *verdict, const char *why, unsigned long number)
{
    verdict->trusted = false;
    (void)snprintf(verdict->reason, sizeof verdict->reason, "Windows %s 0x%lx", why, number);
}

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
static void judge_chain(HANDLE state, SecondVerdict *verdict)
{
    CRYPT_PROVIDER_DATA *provider = WTHelperProvDataFromStateData(state);
    const CRYPT_PROVIDER_SGNR *signer =
        provider ? WTHelperGetProvSignerFromChain(provider, 0, FALSE, 0) : NULL;
    DWORD trouble = 0;

    if (!signer || !signer->pChainContext || signer->csCertChain == 0 || !signer->pasCertChain ||
        !signer->pasCertChain[0].pCert) {
        refuse(verdict, "shows no chain of certificates: state", 0);
        return;
    }
    trouble = signer->pChainContext->TrustStatus.dwErrorStatus;
    if (trouble != CERT_TRUST_NO_ERROR)
        refuse(verdict, "does not trust the chain of its certificates: TrustStatus", trouble);
    else if (!is_meant_for_code(signer->pasCertChain[0].pCert))
        refuse(verdict, "shows a certificate that is not meant for code: TrustStatus", trouble);
}

static WINTRUST_DATA make_question(WINTRUST_FILE_INFO *file, bool revocation)
{
    return (WINTRUST_DATA){
        .cbStruct = sizeof(WINTRUST_DATA),
        .dwUIChoice = WTD_UI_NONE,
        .fdwRevocationChecks = revocation ? WTD_REVOKE_WHOLECHAIN : WTD_REVOKE_NONE,
        .dwUnionChoice = WTD_CHOICE_FILE,
        .pFile = file,
        .dwStateAction = WTD_STATEACTION_VERIFY,
        .dwProvFlags = revocation ? WTD_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT
                                  : WTD_REVOCATION_CHECK_NONE | WTD_CACHE_ONLY_URL_RETRIEVAL,
    };
}

bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err)
{
    GUID action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    CLEANUP(free) wchar_t *wide = NULL;
    WINTRUST_FILE_INFO file = {.cbStruct = sizeof file};
    WINTRUST_DATA question;
    SecondVerdict verdict = {.trusted = true, .reason = "Windows trusts it"};
    LONG answer = 0;

    if (!wide_path(path, &wide, err))
        return false;
    file.pcwszFilePath = wide;
    question = make_question(&file, revocation);
    answer = WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &question);
    if (answer == 0)
        judge_chain(question.hWVTStateData, &verdict);
    else
        refuse(&verdict, "does not trust it: WinVerifyTrust says", (unsigned long)answer);
    question.dwStateAction = WTD_STATEACTION_CLOSE;
    (void)WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &question); /* gives its state back */
    *out = verdict;
    return true;
}
