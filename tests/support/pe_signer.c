/* See pe_signer.h. */
#include "tests/support/pe_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/indirect_data_maker.h"

#define OID_NESTED_SIGNATURE "1.3.6.1.4.1.311.2.4.1"
#define OID_STUFFING         "1.3.6.1.4.1.42921.1.2.1" /* as osslsigncode's unauthenticated blob */

enum { CERTIFICATES_MOST = 48, TRAILING_ZEROS = 8 };

static const char *digest_of(const SignaturePlan *plan)
{
    return plan->digest ? plan->digest : "SHA256";
}

/* ---- what the signer signs ---- */

static void add_content_type(SignerInfo *info, const SignaturePlan *plan)
{
    if (plan->flaw == FLAW_CONTENT_TYPE)
        signer_info_add_content_type(info, OID_DATA);
    else if (plan->flaw != FLAW_NO_CONTENT_TYPE)
        signer_info_add_content_type(info, OID_SPC_INDIRECT_DATA);
}

static void add_message_digest(SignerInfo *info, const SignaturePlan *plan, const Text *content)
{
    size_t length = 0;
    const uint8_t *inside = der_content(content->bytes, &length);

    if (plan->flaw == FLAW_MESSAGE_DIGEST)
        signer_info_add_digest_of(info, inside, length - 1);
    else if (plan->flaw == FLAW_MESSAGE_DIGEST_WHOLE)
        signer_info_add_digest_of(info, content->bytes, content->length);
    else if (plan->flaw != FLAW_NO_MESSAGE_DIGEST)
        signer_info_add_digest_of(info, inside, length);
}

static void sign(SignerInfo *info, const SignaturePlan *plan, const Text *content)
{
    size_t length = 0;
    const uint8_t *inside = der_content(content->bytes, &length);

    if (plan->flaw != FLAW_NO_ATTRIBUTES) {
        add_content_type(info, plan);
        add_message_digest(info, plan, content);
        if (plan->signing_time_ms)
            signer_info_add_signing_time(info, plan->signing_time_ms);
    }
    signer_info_sign(info, inside, length);
    if (plan->flaw == FLAW_SIGNATURE_VALUE)
        info->signature.bytes[info->signature.length - 1] ^= 1;
}

/* ---- what is not signed ---- */

static void add_stuffing(SignerInfo *info, size_t length)
{
    CLEANUP_TEXT Text value = {0};
    CLEANUP(free) char *bytes = calloc(1, length);

    assert_non_null(bytes);
    der_put(&value, DER_OCTET_STRING, bytes, length);
    attribute_write(&info->unsigned_attributes, OID_STUFFING, &value);
}

static void add_unsigned(SignerInfo *info, const SignaturePlan *plan)
{
    for (const TimestampPlan *const *stamp = plan->timestamps; stamp && *stamp; stamp++)
        timestamp_make(*stamp, &info->signature, &info->unsigned_attributes);
    for (const Text *const *inner = plan->nested; inner && *inner; inner++)
        attribute_write(&info->unsigned_attributes, OID_NESTED_SIGNATURE, *inner);
    if (plan->stuffing > 0)
        add_stuffing(info, plan->stuffing);
}

/* ---- certificates ---- */

typedef struct CertificateList {
    const X509 *items[CERTIFICATES_MOST];
    size_t count;
} CertificateList;

static void add_certificates(CertificateList *list, const X509 *const *more)
{
    for (; more && *more; more++) {
        assert_true(list->count + 1 < CERTIFICATES_MOST);
        list->items[list->count++] = *more;
    }
}

static CertificateList list_certificates(const SignaturePlan *plan)
{
    const X509 *const signer[] = {plan->without_certificate ? NULL : plan->signer->certificate,
                                  NULL};
    CertificateList list = {0};

    if (plan->extra_first)
        add_certificates(&list, plan->extra);
    add_certificates(&list, signer);
    if (!plan->extra_first)
        add_certificates(&list, plan->extra);
    for (const TimestampPlan *const *stamp = plan->timestamps; stamp && *stamp; stamp++) {
        const X509 *const tsa[] = {(*stamp)->tsa->certificate, NULL};

        if ((*stamp)->kind != STAMP_COUNTERSIGNATURE || (*stamp)->flaw == STAMP_NO_CERTIFICATE)
            continue;
        add_certificates(&list, tsa);
        add_certificates(&list, (*stamp)->extra);
    }
    return list;
}

/* ---- all of it ---- */

static void write_signers(Text *out, const SignaturePlan *plan, const Text *content)
{
    const char *digest = plan->flaw == FLAW_DIGEST_SIGNER_DIFFERS ? "SHA384" : digest_of(plan);
    CLEANUP_SIGNER_INFO SignerInfo info = signer_info_begin(plan->signer, digest);

    if (plan->flaw == FLAW_NO_SIGNER)
        return;
    sign(&info, plan, content);
    add_unsigned(&info, plan);
    signer_info_write(&info, out);
    if (plan->flaw == FLAW_TWO_SIGNERS)
        signer_info_write(&info, out);
}

/* The outermost SEQUENCE as BER allows it: no length, two zeros at the end. */
static void make_indefinite(Text *out, size_t from)
{
    size_t length = 0;
    const uint8_t *inside = der_content(out->bytes + from, &length);
    CLEANUP(free) char *copy = text_copy_bytes((const char *)inside, length);

    assert_non_null(copy);
    out->length = from;
    text_append_bytes(out, "\x30\x80", 2);
    text_append_bytes(out, copy, length);
    text_append_bytes(out, "\0\0", 2);
}

static void spoil_the_end(Text *out, size_t from, SignatureFlaw flaw)
{
    static const uint8_t zeros[TRAILING_ZEROS];

    if (flaw == FLAW_INDEFINITE_LENGTH)
        make_indefinite(out, from);
    else if (flaw == FLAW_TRAILING_BYTE)
        text_append_bytes(out, "\x2a", 1);
    else if (flaw == FLAW_TRAILING_ZEROS)
        text_append_bytes(out, zeros, sizeof zeros);
}

void signature_make(PeFile *image, const SignaturePlan *plan, Text *out)
{
    CLEANUP_TEXT Text content = {0};
    CLEANUP_TEXT Text signers = {0};
    const CertificateList certificates = list_certificates(plan);
    const SignedDataPlan signature = {
        .version = 1,
        .digest = plan->flaw == FLAW_DIGEST_SET_DIFFERS ? "SHA384" : digest_of(plan),
        .content_type = plan->flaw == FLAW_CONTENT_OID ? OID_DATA : OID_SPC_INDIRECT_DATA,
        .content = plan->flaw == FLAW_DETACHED ? NULL : &content,
        .certificates = certificates.items,
        .signer_infos = &signers,
    };
    const size_t from = out->length;

    pe_fill(image);
    indirect_data_make(image, plan, &content);
    write_signers(&signers, plan, &content);
    signed_data_write(&signature, out);
    spoil_the_end(out, from, plan->flaw);
}

void pe_sign(PeFile *image, const SignaturePlan *plan)
{
    CLEANUP_TEXT Text der = {0};

    pe_drop_table(image);
    signature_make(image, plan, &der);
    pe_attach_signature(image, der.bytes, der.length);
}
