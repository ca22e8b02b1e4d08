/* See judgement.h. */
#include "verify/authenticode/judgement.h"

#include "base/text.h"
#include "verify/authenticode/policy.h"
#include "verify/authenticode/signer_info.h"

#include <stdio.h>
#include <string.h>

void judgement_needs(const SignedData *signed_data, PeScanOptions *needs)
{
    const IndirectData *indirect = &signed_data->indirect;

    if (indirect->algorithm)
        needs->hashes |= indirect->algorithm->hash;
    if (indirect->page_algorithm && indirect->page_algorithm->hash == IMAGE_HASH_SHA1)
        needs->page_sha1 = true;
    else if (indirect->page_algorithm)
        needs->page_sha256 = true;
}

/* ---- is it whole? ---- */

static bool check_image_digest(const PeImage *image, const IndirectData *indirect, Finding *finding)
{
    const DigestAlgorithm *algorithm = indirect->algorithm;
    const ImageDigest *actual = NULL;

    if (!algorithm)
        return finding_set(finding, CODE_DIGEST_UNKNOWN,
                           "the digest algorithm %.80s is not one of MD5, SHA-1 and SHA-2",
                           indirect->algorithm_name);
    if (indirect->digest_length != algorithm->size)
        return finding_set(finding, CODE_DIGEST_LENGTH,
                           "the digest of the program has %zu bytes, %s has %zu",
                           indirect->digest_length, algorithm->name, algorithm->size);
    actual = &image->digests[algorithm->index];
    if (actual->size != algorithm->size)
        return finding_crypto(finding, "the digest that a signature names was not computed");
    if (CRYPTO_memcmp(actual->bytes, indirect->digest, algorithm->size) != 0)
        return finding_set(finding, CODE_DIGEST_MISMATCH,
                           "the program was changed after it was signed: its %s is not the one "
                           "that was signed",
                           algorithm->name);
    return true;
}

/* PeImage has the SHA-256 of the table that the content would have. */
static bool check_page_hashes(const PeImage *image, const IndirectData *indirect, Finding *finding)
{
    const DigestAlgorithm *algorithm = indirect->page_algorithm;
    const ImageDigest *actual = NULL;
    uint8_t signed_table[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!algorithm)
        return true;
    actual =
        algorithm->hash == IMAGE_HASH_SHA1 ? &image->page_table_sha1 : &image->page_table_sha256;
    if (EVP_Digest(indirect->page_table, indirect->page_table_length, signed_table, &size,
                   EVP_sha256(), NULL) != 1)
        return finding_crypto(finding, "SHA-256 is not available");
    if (actual->size != size || CRYPTO_memcmp(actual->bytes, signed_table, size) != 0)
        return finding_set(finding, CODE_PAGE_HASHES,
                           "the signed page hashes are not those of the program's pages");
    return true;
}

/* ---- does it meet the policy? ---- */

static bool check_strength(const AuthenticodePolicy *policy, const SignedData *signed_data,
                           Finding *finding)
{
    const DigestStrength least = policy->allow_sha1 ? DIGEST_OLD : DIGEST_STRONG;

    return signed_data->digest->strength >= least ||
           finding_set(finding, CODE_WEAK_DIGEST, "it was made with %s, which is too weak",
                       signed_data->digest->name);
}

/* A timestamp that fails is none. But one that places the signature outside the life of the
 * signer's certificate testifies against it. */
static bool weigh_timestamp(const AuthenticodePolicy *policy, const Timestamp *timestamp,
                            Finding *finding)
{
    if (timestamp->good)
        return true;
    if (timestamp->present && text_equal(timestamp->code, code_name(CODE_TIME_OUTSIDE)))
        return finding_set(finding, CODE_TIME_OUTSIDE, "%s", timestamp->reason);
    if (!policy->require_timestamp)
        return true;
    if (!timestamp->present)
        return finding_set(finding, CODE_NO_TIMESTAMP, "it has no timestamp");
    return finding_set(finding, CODE_NO_TIMESTAMP, "its timestamp does not count: %s",
                       timestamp->reason);
}

static bool fail(Finding *finding, const Error *err)
{
    finding->failed = err->code;
    (void)snprintf(finding->reason, sizeof finding->reason, "%.300s", err->message);
    return false;
}

static bool ask_timestamp(const AuthenticodePolicy *policy, const SignedData *signed_data,
                          Judgement *out)
{
    const TimestampClaim claim = {signed_data->signer, signed_data->certificates, out->certificate};
    Error err = {0};

    if (!timestamp_check(policy, &claim, &out->timestamp, &err))
        return fail(&out->finding, &err);
    return weigh_timestamp(policy, &out->timestamp, &out->finding);
}

static bool ask_trust(const AuthenticodePolicy *policy, const SignedData *signed_data,
                      Judgement *out)
{
    const bool proven = out->timestamp.good;
    const TrustQuestion question = {.leaf = out->certificate,
                                    .helpers = signed_data->certificates,
                                    .purpose = TRUST_CODE,
                                    .at_ms =
                                        proven ? out->timestamp.time_ms : policy_now_ms(policy),
                                    .time_is_proven = proven};
    Error err = {0};

    if (!trust_check(policy, &question, &out->trust, &err))
        return fail(&out->finding, &err);
    return out->trust.trusted ||
           finding_set(&out->finding, out->trust.code, "%s", out->trust.reason);
}

static bool check_publisher(const AuthenticodePolicy *policy, const X509 *certificate,
                            Finding *finding)
{
    char subject[AUTHENTICODE_NAME_SIZE];

    return policy_wants_publisher(policy, certificate) ||
           finding_set(finding, CODE_PUBLISHER,
                       "%.200s signed it, who is none of the publishers "
                       "that are wanted",
                       trust_name(certificate, subject));
}

/* ---- all of it ---- */

static bool is_whole(const PeImage *image, const SignedData *signed_data, Judgement *out)
{
    return check_image_digest(image, &signed_data->indirect, &out->finding) &&
           check_page_hashes(image, &signed_data->indirect, &out->finding) &&
           signer_info_check(signed_data, &out->certificate, &out->finding);
}

bool judgement_make(const AuthenticodePolicy *policy, const PeImage *image,
                    const SignedData *signed_data, Judgement *out)
{
    *out = (Judgement){0};
    if (!is_whole(image, signed_data, out))
        return out->finding.failed == ERR_NONE;
    out->step = STEP_WHOLE;
    if (!check_strength(policy, signed_data, &out->finding))
        return true;
    out->step = STEP_STRONG;
    if (!ask_timestamp(policy, signed_data, out))
        return out->finding.failed == ERR_NONE;
    out->step = STEP_TIMED;
    if (!ask_trust(policy, signed_data, out))
        return out->finding.failed == ERR_NONE;
    out->step = STEP_TRUSTED;
    if (check_publisher(policy, out->certificate, &out->finding))
        out->step = STEP_WANTED;
    return true;
}
