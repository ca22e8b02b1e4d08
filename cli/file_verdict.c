/* See file_verdict.h. */
#include "cli/file_verdict.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/text.h"
#include "verify/authenticode/report.h"
#include "verify/authenticode/second_rule.h"
#include "verify/checksums.h"
#include "verify/digest.h"
#include "verify/signature.h"

static Json *new_verdict(const char *file)
{
    Json *verdict = json_new_object();

    (void)json_put_text(verdict, "file", file);
    return verdict;
}

static Json *plain_verdict(const char *file, const char *code, const char *reason)
{
    Json *verdict = new_verdict(file);

    (void)json_put_text(verdict, "kind", NULL);
    (void)json_put_bool(verdict, "ok", false);
    (void)json_put_text(verdict, "code", code);
    (void)json_put_text(verdict, "reason", reason);
    return verdict;
}

/* ---- a signature beside the file ---- */

static bool check_listed(const char *checksums, const char *file, const Digest *digest, Error *err)
{
    CLEANUP(free) char *text = NULL;
    size_t length = 0;
    Digest promised = {0};

    if (!file_read_all(checksums, CHECKSUMS_LIMIT, &text, &length, err) ||
        !checksums_find(text, length, path_file_name(file), &promised, err))
        return false;
    return digest_equal(&promised, digest) ||
           error_set(err, ERR_DIGEST_MISMATCH, "%s is not the file that %s lists", file, checksums);
}

static bool check_detached(const FileJudge *judge, const char *file, SignatureVerdict *verdict,
                           Error *err)
{
    const char *is_signed = judge->checksums ? judge->checksums : file;
    CLEANUP(free) char *beside = text_formatted("%s.sig", is_signed);
    SignatureClaim claim = {.scheme = judge->scheme};
    Digest digest = {0}, signed_digest = {0};

    if (!beside)
        return error_memory(err);
    if (!digest_file(file, &digest, err) ||
        (judge->checksums && !digest_file(judge->checksums, &signed_digest, err)))
        return false;
    claim.content = judge->checksums ? &signed_digest : &digest;
    return signature_check_file(judge->keyring, &claim,
                                judge->signature ? judge->signature : beside, verdict, err) &&
           (!judge->checksums || check_listed(judge->checksums, file, &digest, err));
}

static Json *by_detached(const FileJudge *judge, const char *file)
{
    SignatureVerdict found = {.code = "unreadable"};
    Error why = {0};
    bool good = check_detached(judge, file, &found, &why);
    Json *verdict = new_verdict(file);

    (void)json_put_text(verdict, "kind", "signature");
    (void)json_put_bool(verdict, "ok", good);
    (void)json_put_text(verdict, "code", found.code);
    (void)json_put_text(verdict, "key", found.key_id[0] != '\0' ? found.key_id : NULL);
    (void)json_put_text(verdict, "reason", good ? found.reason : why.message);
    return verdict;
}

/* ---- the signature inside ---- */

static Json *by_authenticode(const AuthenticodeVerdict *found, const char *file)
{
    Json *verdict = new_verdict(file);

    (void)json_put_text(verdict, "kind", "authenticode");
    (void)json_put_bool(verdict, "ok", found->status == AUTHENTICODE_VALID);
    authenticode_report(found, verdict);
    return verdict;
}

/* Of what we find good: Windows cannot make good what we refuse. */
static bool ask_windows(const FileJudge *judge, const char *file, AuthenticodeVerdict *verdict,
                        Error *err)
{
    SecondVerdict second = {0};

    if (!judge->also_windows || verdict->status != AUTHENTICODE_VALID)
        return true;
    if (!second_judge_ask(file, judge->windows_revocation, &second, err))
        return false;
    second_rule_apply(&second, verdict);
    return true;
}

static Json *by_content(const FileJudge *judge, const char *file)
{
    AuthenticodeVerdict found = {0};
    Error why = {0};
    bool by_name = judge->signature || judge->checksums;

    if (!authenticode_check_file(judge->policy, file, &found, &why) ||
        !ask_windows(judge, file, &found, &why))
        return plain_verdict(file, "unreadable", why.message);
    if (found.status == AUTHENTICODE_NOT_PE && !judge->keyring)
        return plain_verdict(file, found.code,
                             "it is no Windows program, and no --key says who may have signed it");
    if (found.status == AUTHENTICODE_NOT_PE || (found.status == AUTHENTICODE_VALID && by_name))
        return by_detached(judge, file);
    return by_authenticode(&found, file);
}

Json *file_verdict(const FileJudge *judge, const char *file)
{
    return judge->policy ? by_content(judge, file) : by_detached(judge, file);
}
