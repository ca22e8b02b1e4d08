/* See authenticode.h. The check in order: read the file and its signature, read it again if the
 * signature asks for it, judge each signature on the file, then weigh them together. */
#include "verify/authenticode/authenticode.h"

#include "base/clock.h"
#include "verify/authenticode/certificate.h"
#include "verify/authenticode/judgement.h"
#include "verify/authenticode/name.h"
#include "verify/authenticode/policy.h"
#include "verify/authenticode/reading.h"
#include "verify/authenticode/signatures.h"

#include <stdio.h>

/* A file under examination. */
typedef struct Case {
    const AuthenticodePolicy *policy;
    const AuthenticodeSource *source;
    PeScanOptions asked; /* of `image` */
    PeImage image;
    Signatures signatures;
    Judgement judgements[SIGNATURES_MOST];
} Case;

static void case_free(Case *file)
{
    if (!file)
        return;
    signatures_free(&file->signatures);
    pe_image_free(&file->image);
    free(file);
}
DEFINE_CLEANUP(Case *, case_free)

/* ---- the verdict ---- */

static void conclude(AuthenticodeVerdict *out, AuthenticodeStatus status, const char *code,
                     const char *reason)
{
    out->status = status;
    out->code = code;
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
}

static void state_digest(const PeImage *image, const DigestAlgorithm *algorithm,
                         AuthenticodeVerdict *out)
{
    const ImageDigest *digest = &image->digests[algorithm->index];

    if (digest->size == 0)
        return;
    (void)snprintf(out->digest_name, sizeof out->digest_name, "%s", algorithm->name);
    text_from_bytes(digest->bytes, digest->size, out->digest);
}

/* What is odd but allowed. */
static void state_notes(const Case *file, AuthenticodeVerdict *out)
{
    if (file->signatures.stuffing > 0)
        (void)snprintf(
            out->note, sizeof out->note,
            "%zu bytes beside the signature are signed by nobody (an unsigned attribute)",
            file->signatures.stuffing);
    else if (file->image.checksum_differs)
        (void)snprintf(out->note, sizeof out->note, "the checksum in the header is wrong");
}

static void state_time(const Timestamp *timestamp, AuthenticodeVerdict *out)
{
    if (timestamp->good) {
        out->time_source = timestamp->source;
        out->time_ms = timestamp->time_ms;
        (void)snprintf(out->tsa, sizeof out->tsa, "%s", timestamp->tsa);
    } else if (timestamp->present) {
        (void)snprintf(out->note, sizeof out->note, "its timestamp does not count: %.120s",
                       timestamp->reason);
    }
}

/* Who, when and by which chain, as far as the signature at `index` got. */
static void state_signature(const Case *file, int index, AuthenticodeVerdict *out)
{
    const Judgement *judgement = &file->judgements[index];
    const SignedData *signed_data = &file->signatures.items[index];

    if (signed_data->indirect.algorithm)
        state_digest(&file->image, signed_data->indirect.algorithm, out);
    if (judgement->certificate) {
        const X509 *certificate = judgement->certificate;

        (void)trust_name(certificate, out->publisher);
        (void)name_whole(X509_get_subject_name(certificate), out->signer);
        (void)certificate_time_ms(X509_get0_notAfter(certificate), &out->valid_until_ms);
    }
    state_time(&judgement->timestamp, out);
    out->chain_length = judgement->trust.chain_length;
    for (int i = 0; i < out->chain_length; i++)
        (void)snprintf(out->chain[i], sizeof out->chain[i], "%s", judgement->trust.chain[i]);
}

static void refuse_signature(const Case *file, int index, AuthenticodeVerdict *out)
{
    const Finding *finding = &file->judgements[index].finding;
    char title[SIGNATURE_TITLE_SIZE];

    state_signature(file, index, out);
    conclude(out, AUTHENTICODE_INVALID, code_name(finding->code), finding->reason);
    if (file->signatures.count > 1)
        (void)snprintf(out->reason, sizeof out->reason, "%s: %.250s",
                       signatures_title(&file->signatures, index, title), finding->reason);
}

static void accept_signature(const Case *file, int index, AuthenticodeVerdict *out)
{
    char when[CLOCK_ISO_SIZE];
    char title[SIGNATURE_TITLE_SIZE];

    state_signature(file, index, out);
    conclude(out, AUTHENTICODE_VALID, code_name(CODE_OK), "");
    out->counted = index;
    (void)snprintf(out->reason, sizeof out->reason, "signed by %.160s%s%s%s%s", out->publisher,
                   out->time_ms != 0 ? " before " : "",
                   out->time_ms != 0 ? clock_format_iso(out->time_ms, when) : "",
                   file->signatures.count > 1 ? "; what counted is " : "",
                   file->signatures.count > 1 ? signatures_title(&file->signatures, index, title)
                                              : "");
}

/* ---- the rule ---- */

static int first_broken(const Case *file)
{
    for (int i = 0; i < file->signatures.count; i++)
        if (code_class(file->judgements[i].finding.code) == CLASS_BROKEN)
            return i;
    return -1;
}

/* The one that meets the policy, or else came nearest to it; of equals the outermost. */
static int best(const Case *file)
{
    int found = 0;

    for (int i = 1; i < file->signatures.count; i++)
        if (file->judgements[i].step > file->judgements[found].step)
            found = i;
    return found;
}

/* No signature may be broken, and at least one must meet the whole policy. */
static void weigh(const Case *file, AuthenticodeVerdict *out)
{
    const int broken = first_broken(file);
    const int index = best(file);

    if (broken >= 0)
        refuse_signature(file, broken, out);
    else if (file->judgements[index].step == STEP_WANTED)
        accept_signature(file, index, out);
    else
        refuse_signature(file, index, out);
}

/* ---- the steps ---- */

/* Concludes the case if the second reading is not like the first. */
static bool read_again(Case *file, const PeScanOptions *needs, AuthenticodeVerdict *out, Error *err)
{
    CLEANUP_PE_IMAGE PeImage second = {0};
    PeScanOptions options = *needs;

    options.hashes |= file->asked.hashes; /* to be compared with the first reading */
    if (!file->source->rewind(file->source->context, err) ||
        !reading_scan(file->source, &options, &second, err))
        return false;
    if (readings_agree(&file->image, &second)) {
        pe_image_free(&file->image);
        file->image = second;
        file->asked = options;
        second.signature = NULL;
    } else if (second.kind == PE_REFUSED) {
        conclude(out, AUTHENTICODE_INVALID, second.code, second.reason);
    } else {
        conclude(out, AUTHENTICODE_INVALID, code_name(CODE_READINGS_DIFFER),
                 "the file changed while it was read");
    }
    return true;
}

/* What the signatures ask of the image. */
static PeScanOptions needs_of(const Case *file)
{
    PeScanOptions needs = {.size_bytes = file->source->size_bytes};

    for (int i = 0; i < file->signatures.count; i++)
        judgement_needs(&file->signatures.items[i], &needs);
    return needs;
}

static bool judge_all(Case *file, Error *err)
{
    for (int i = 0; i < file->signatures.count; i++)
        if (!judgement_make(file->policy, &file->image, &file->signatures.items[i],
                            &file->judgements[i]))
            return finding_was_judged(&file->judgements[i].finding, err);
    return true;
}

static bool judge_signed(Case *file, AuthenticodeVerdict *out, Error *err)
{
    Finding finding = {0};
    PeScanOptions needs;

    if (!signatures_parse(file->image.signature, file->image.signature_length, &file->signatures,
                          &finding)) {
        out->signatures = file->signatures.count + 1;
        conclude(out, AUTHENTICODE_INVALID, code_name(finding.code), finding.reason);
        return finding_was_judged(&finding, err);
    }
    out->signatures = file->signatures.count;
    state_notes(file, out);
    needs = needs_of(file);
    if (!reading_suffices(&file->asked, &needs) && !read_again(file, &needs, out, err))
        return false;
    if (!reading_suffices(&file->asked, &needs)) /* concluded: see read_again() */
        return true;
    if (!judge_all(file, err))
        return false;
    weigh(file, out);
    return true;
}

static bool judge(Case *file, AuthenticodeVerdict *out, Error *err)
{
    const PeImage *image = &file->image;

    out->dll = image->dll;
    state_digest(image, digest_algorithm_by_nid(NID_sha256), out);
    switch (image->kind) {
    case PE_NOT:
        conclude(out, AUTHENTICODE_NOT_PE, image->code, image->reason);
        return true;
    case PE_UNSIGNED:
        conclude(out, AUTHENTICODE_UNSIGNED, image->code, "the program has no signature");
        return true;
    case PE_REFUSED:
        conclude(out, AUTHENTICODE_INVALID, image->code, image->reason);
        return true;
    case PE_SIGNED:
        return judge_signed(file, out, err);
    }
    return false;
}

bool authenticode_check(const AuthenticodePolicy *policy, const AuthenticodeSource *source,
                        AuthenticodeVerdict *out, Error *err)
{
    CLEANUP(case_free) Case *file = calloc(1, sizeof *file);
    AuthenticodeVerdict verdict = {.counted = -1};

    if (!file)
        return error_memory(err);
    file->policy = policy;
    file->source = source;
    file->asked = (PeScanOptions){.hashes = IMAGE_HASH_SHA256, .size_bytes = source->size_bytes};
    if (!reading_scan(source, &file->asked, &file->image, err) || !judge(file, &verdict, err))
        return false;
    *out = verdict;
    return true;
}
