/* See timestamp.h. */
#include "verify/authenticode/timestamp.h"

#include "verify/authenticode/countersignature.h"
#include "verify/authenticode/name.h"
#include "verify/authenticode/token.h"

#include <stdio.h>

#define OID_TOKEN            "1.3.6.1.4.1.311.3.3.1"
#define OID_COUNTERSIGNATURE "1.2.840.113549.1.9.6"

/* More are not looked at: unsigned attributes cost an attacker nothing, and us a chain each. */
enum { TIMESTAMPS_MOST = 8 };

typedef struct Search {
    const TsaRules *rules;
    int seen;
    Timestamp best;
} Search;

/* ---- one of them ---- */

static bool check_token(const ASN1_STRING *der, const TsaRules *rules, TsaStatement *statement,
                        Finding *finding)
{
    CLEANUP_TOKEN Token token = {0};

    return token_parse(ASN1_STRING_get0_data(der), (size_t)ASN1_STRING_length(der), &token,
                       finding) &&
           token_check(&token, rules, statement, finding) && tsa_check(rules, statement, finding);
}

static bool check_countersignature(const ASN1_STRING *der, const TsaRules *rules,
                                   TsaStatement *statement, Finding *finding)
{
    CLEANUP(PKCS7_SIGNER_INFO_free) PKCS7_SIGNER_INFO *info = NULL;

    return countersignature_parse(ASN1_STRING_get0_data(der), (size_t)ASN1_STRING_length(der),
                                  &info, finding) &&
           countersignature_check(info, rules, statement, finding) &&
           tsa_check(rules, statement, finding);
}

static bool check_value(const ASN1_TYPE *value, TimeSource source, const TsaRules *rules,
                        TsaStatement *statement, Finding *finding)
{
    if (!value || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
        return finding_set(finding, CODE_MALFORMED, "the timestamp is no SEQUENCE");
    if (source == TIME_RFC3161)
        return check_token(value->value.sequence, rules, statement, finding);
    return check_countersignature(value->value.sequence, rules, statement, finding);
}

static bool judge(const ASN1_TYPE *value, TimeSource source, const TsaRules *rules, Timestamp *out,
                  Error *err)
{
    CLEANUP_TSA_STATEMENT TsaStatement statement = {0};
    Finding finding = {0};

    *out = (Timestamp){.present = true, .source = source};
    out->good = check_value(value, source, rules, &statement, &finding);
    if (!finding_was_judged(&finding, err))
        return false;
    out->code = code_name(finding.code);
    (void)snprintf(out->reason, sizeof out->reason, "%.199s", finding.reason);
    if (out->good) {
        out->time_ms = statement.time_ms;
        (void)name_common(X509_get_subject_name(statement.certificate), out->tsa);
    }
    return true;
}

/* ---- the best of all ---- */

typedef enum Rank { RANK_NONE, RANK_BAD, RANK_OUTSIDE, RANK_COUNTERSIGNATURE, RANK_TOKEN } Rank;

/* A time outside the signer's is no proof, but it is believed: it says more than one that is not.
 */
static Rank rank_of(const Timestamp *timestamp)
{
    if (!timestamp->present)
        return RANK_NONE;
    if (timestamp->good)
        return timestamp->source == TIME_RFC3161 ? RANK_TOKEN : RANK_COUNTERSIGNATURE;
    return text_equal(timestamp->code, code_name(CODE_TIME_OUTSIDE)) ? RANK_OUTSIDE : RANK_BAD;
}

/* Of two good ones of a kind, the earlier: it says more. Of two bad ones, the first. */
static bool is_better(const Timestamp *candidate, const Timestamp *best)
{
    const Rank rank = rank_of(candidate);

    return rank > rank_of(best) ||
           (rank == rank_of(best) && candidate->good && candidate->time_ms < best->time_ms);
}

static bool judge_values(X509_ATTRIBUTE *attribute, TimeSource source, Search *search, Error *err)
{
    const int count = X509_ATTRIBUTE_count(attribute);

    for (int i = 0; i < count && search->seen < TIMESTAMPS_MOST; i++, search->seen++) {
        Timestamp candidate;

        if (!judge(X509_ATTRIBUTE_get0_type(attribute, i), source, search->rules, &candidate, err))
            return false;
        if (is_better(&candidate, &search->best))
            search->best = candidate;
    }
    return true;
}

bool timestamp_check(const AuthenticodePolicy *policy, const TimestampClaim *claim, Timestamp *out,
                     Error *err)
{
    const TsaRules rules = {policy, claim};
    Search search = {.rules = &rules, .best = {.code = code_name(CODE_NO_TIMESTAMP)}};

    for (int i = 0; i < sk_X509_ATTRIBUTE_num(claim->signer->unauth_attr); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(claim->signer->unauth_attr, i);
        const ASN1_OBJECT *type = X509_ATTRIBUTE_get0_object(attribute);

        if (oid_is(type, OID_TOKEN) && !judge_values(attribute, TIME_RFC3161, &search, err))
            return false;
        if (oid_is(type, OID_COUNTERSIGNATURE) &&
            !judge_values(attribute, TIME_COUNTERSIGNATURE, &search, err))
            return false;
    }
    *out = search.best;
    return true;
}
