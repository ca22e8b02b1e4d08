/* See timestamp_maker.h. */
#include "tests/support/timestamp_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define OID_TST_INFO               "1.2.840.113549.1.9.16.1.4"
#define OID_SIGNING_CERTIFICATE    "1.2.840.113549.1.9.16.2.12"
#define OID_SIGNING_CERTIFICATE_V2 "1.2.840.113549.1.9.16.2.47"
#define OID_MS_TOKEN               "1.3.6.1.4.1.311.3.3.1"
#define OID_POLICY                 "1.3.6.1.4.1.99999.3"
#define OID_NOBODY_KNOWS           "1.3.6.1.4.1.99999.4"

static const char other_content[] = "another content";

static const char *digest_of(const TimestampPlan *plan)
{
    return plan->digest ? plan->digest : "SHA256";
}

static int64_t time_of(const TimestampPlan *plan)
{
    return plan->time_ms ? plan->time_ms : TEST_SIGNED_MS;
}

/* ---- TSTInfo ---- */

static void write_imprint(Text *out, const TimestampPlan *plan, const Text *signature)
{
    const char *digest = plan->imprint ? plan->imprint : digest_of(plan);
    const bool other = plan->flaw == STAMP_OTHER_SIGNATURE;
    const size_t sequence = der_open(out);
    uint8_t bytes[DER_DIGEST_MOST];
    size_t size = other ? der_digest(digest, other_content, sizeof other_content, bytes)
                        : der_digest(digest, signature->bytes, signature->length, bytes);

    if (plan->flaw == STAMP_IMPRINT_TRUNCATED)
        size--;
    der_algorithm(out, digest);
    der_put(out, DER_OCTET_STRING, bytes, size);
    der_close(out, DER_SEQUENCE, sequence);
}

static void write_gen_time(Text *out, const TimestampPlan *plan)
{
    CLEANUP_TEXT Text utc = {0};
    size_t length = 0;
    const uint8_t *digits = NULL;
    const size_t opened = der_open(out);

    der_time(&utc, DER_GENERALIZED_TIME, time_of(plan));
    digits = der_content(utc.bytes, &length);
    text_append_bytes(out, digits, length - 1);
    if (plan->fraction)
        text_append(out, ".25");
    text_append(out, plan->flaw == STAMP_LOCAL_TIME ? "+0200" : "Z");
    der_close(out, DER_GENERALIZED_TIME, opened);
}

static void write_critical_extension(Text *out)
{
    const size_t field = der_open(out);
    const size_t sequence = der_open(out);

    der_oid(out, OID_NOBODY_KNOWS);
    der_put(out, DER_BOOLEAN, "\xff", 1);
    der_put(out, DER_OCTET_STRING, "", 0);
    der_close(out, DER_SEQUENCE, sequence);
    der_close(out, DER_FIELD_OF + 1, field);
}

static void write_tst_info(Text *out, const TimestampPlan *plan, const Text *signature)
{
    const size_t sequence = der_open(out);

    der_integer(out, plan->flaw == STAMP_VERSION_2 ? 2 : 1);
    der_oid(out, OID_POLICY);
    write_imprint(out, plan, signature);
    der_integer(out, 4711);
    write_gen_time(out, plan);
    if (plan->flaw == STAMP_CRITICAL_EXTENSION)
        write_critical_extension(out);
    der_close(out, DER_SEQUENCE, sequence);
    if (plan->flaw == STAMP_TRAILING_BYTES)
        der_integer(out, 1);
}

/* ---- which certificate signed ---- */

/* NULL as digest: ESSCertID, by SHA-1. */
static void write_ess_id(Text *out, const X509 *tsa, const char *digest, bool other)
{
    unsigned char *certificate = NULL;
    const int length = i2d_X509(tsa, &certificate);
    uint8_t hash[DER_DIGEST_MOST];
    const size_t size = der_digest(digest ? digest : "SHA1", certificate, (size_t)length, hash);
    const size_t attribute = der_open(out);
    const size_t list = der_open(out);
    const size_t id = der_open(out);

    if (other)
        hash[0] ^= 1;
    if (digest && strcmp(digest, "SHA256") != 0)
        der_algorithm(out, digest);
    der_put(out, DER_OCTET_STRING, hash, size);
    der_close(out, DER_SEQUENCE, id);
    der_close(out, DER_SEQUENCE, list);
    der_close(out, DER_SEQUENCE, attribute);
    OPENSSL_free(certificate);
}

static void add_first_form(SignerInfo *info, const TimestampPlan *plan)
{
    CLEANUP_TEXT Text value = {0};

    write_ess_id(&value, plan->tsa->certificate, NULL, plan->flaw == STAMP_ESS_OTHER);
    attribute_write(&info->attributes, OID_SIGNING_CERTIFICATE, &value);
}

static void add_second_form(SignerInfo *info, const TimestampPlan *plan)
{
    const bool other = plan->flaw == STAMP_ESS_OTHER || plan->flaw == STAMP_ESS_SECOND_OTHER;
    CLEANUP_TEXT Text value = {0};

    write_ess_id(&value, plan->tsa->certificate, plan->ess ? plan->ess : "SHA256", other);
    attribute_write(&info->attributes, OID_SIGNING_CERTIFICATE_V2, &value);
}

static void add_ess(SignerInfo *info, const TimestampPlan *plan)
{
    const bool both = plan->flaw == STAMP_ESS_SECOND_OTHER;

    if (plan->flaw == STAMP_NO_ESS)
        return;
    if (plan->ess_v1 || both)
        add_first_form(info, plan);
    if (!plan->ess_v1 || both)
        add_second_form(info, plan);
    if (plan->flaw == STAMP_ESS_TWICE)
        add_second_form(info, plan);
}

/* ---- the TSA's signature ---- */

static void turn_a_bit(const TimestampPlan *plan, SignerInfo *info)
{
    if (plan->flaw == STAMP_SIGNATURE_VALUE)
        info->signature.bytes[info->signature.length - 1] ^= 1;
}

static void add_digest(SignerInfo *info, const TimestampPlan *plan, const Text *content)
{
    if (plan->flaw == STAMP_MESSAGE_DIGEST)
        signer_info_add_digest_of(info, other_content, sizeof other_content);
    else if (plan->flaw != STAMP_NO_MESSAGE_DIGEST)
        signer_info_add_digest_of(info, content->bytes, content->length);
}

static void write_token_signer(Text *out, const TimestampPlan *plan, const Text *tst_info)
{
    CLEANUP_SIGNER_INFO SignerInfo info = signer_info_begin(plan->tsa, digest_of(plan));

    if (plan->flaw != STAMP_NO_ATTRIBUTES) {
        signer_info_add_content_type(&info,
                                     plan->flaw == STAMP_CONTENT_TYPE ? OID_DATA : OID_TST_INFO);
        add_digest(&info, plan, tst_info);
        add_ess(&info, plan);
    }
    signer_info_sign(&info, tst_info->bytes, tst_info->length);
    turn_a_bit(plan, &info);
    signer_info_write(&info, out);
    if (plan->flaw == STAMP_TWO_SIGNERS)
        signer_info_write(&info, out);
}

/* ---- the two kinds ---- */

enum { CERTIFICATES_MOST = 40 };

static void list_certificates(const TimestampPlan *plan, const X509 *out[CERTIFICATES_MOST])
{
    size_t count = 0;

    if (plan->flaw != STAMP_NO_CERTIFICATE)
        out[count++] = plan->tsa->certificate;
    for (const X509 *const *each = plan->extra; each && *each; each++) {
        assert_true(count + 1 < CERTIFICATES_MOST);
        out[count++] = *each;
    }
    out[count] = NULL;
}

static void write_token(Text *out, const TimestampPlan *plan, const Text *signature)
{
    CLEANUP_TEXT Text tst_info = {0};
    CLEANUP_TEXT Text octets = {0};
    CLEANUP_TEXT Text signers = {0};
    const X509 *certificates[CERTIFICATES_MOST];
    const SignedDataPlan token = {
        .version = 3,
        .digest = digest_of(plan),
        .content_type = plan->flaw == STAMP_CONTENT_OID ? OID_DATA : OID_TST_INFO,
        .content = plan->flaw == STAMP_DETACHED ? NULL : &octets,
        .certificates = certificates,
        .attribute_certificate = plan->attribute_certificate,
        .signer_infos = &signers,
    };

    list_certificates(plan, certificates);
    write_tst_info(&tst_info, plan, signature);
    der_put(&octets, DER_OCTET_STRING, tst_info.bytes, tst_info.length);
    write_token_signer(&signers, plan, &tst_info);
    signed_data_write(&token, out);
}

static void add_time(SignerInfo *info, const TimestampPlan *plan)
{
    CLEANUP_TEXT Text value = {0};

    if (plan->flaw == STAMP_NO_SIGNING_TIME)
        return;
    der_time(&value, DER_UTC_TIME, time_of(plan));
    attribute_write(plan->flaw == STAMP_UNSIGNED_TIME ? &info->unsigned_attributes
                                                      : &info->attributes,
                    OID_SIGNING_TIME, &value);
}

static void write_countersignature(Text *out, const TimestampPlan *plan, const Text *signature)
{
    CLEANUP_SIGNER_INFO SignerInfo info = signer_info_begin(plan->tsa, digest_of(plan));
    CLEANUP_TEXT Text stamped = {0};

    if (plan->flaw == STAMP_OTHER_SIGNATURE)
        text_append(&stamped, other_content);
    else
        text_append_bytes(&stamped, signature->bytes, signature->length);
    if (plan->flaw != STAMP_NO_ATTRIBUTES) {
        signer_info_add_content_type(&info,
                                     plan->flaw == STAMP_CONTENT_TYPE ? OID_TST_INFO : OID_DATA);
        add_time(&info, plan);
        add_digest(&info, plan, &stamped);
    }
    signer_info_sign(&info, stamped.bytes, stamped.length);
    turn_a_bit(plan, &info);
    signer_info_write(&info, out);
}

void timestamp_make(const TimestampPlan *plan, const Text *signature, Text *attributes)
{
    const bool token = plan->kind == STAMP_RFC3161;
    CLEANUP_TEXT Text value = {0};

    if (plan->flaw == STAMP_GARBAGE)
        der_integer(&value, 1);
    else if (token)
        write_token(&value, plan, signature);
    else
        write_countersignature(&value, plan, signature);
    if (plan->flaw == STAMP_TWO_VALUES)
        der_integer(&value, 1);
    attribute_write(attributes, token ? OID_MS_TOKEN : OID_COUNTER_SIGNATURE, &value);
}

bool timestamp_flaw_applies(TimestampKind kind, TimestampFlaw flaw)
{
    if (flaw == STAMP_GOOD || flaw == STAMP_TWO_VALUES)
        return false;
    if (kind == STAMP_RFC3161)
        return flaw < STAMP_NO_SIGNING_TIME;
    return flaw < STAMP_IMPRINT_TRUNCATED || flaw >= STAMP_NO_SIGNING_TIME;
}
