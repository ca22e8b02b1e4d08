/* See seed_signatures.h. */
#include "tests/fuzz/seed_signatures.h"

#include "tests/fuzz/fuzz.h"
#include "tests/support/pe_signer.h"

#include "base/file/file.h"

typedef struct Maker {
    const char *corpus;
    Authority authority;
    PeFile program;
    const X509 *extra[2];
} Maker;

static void write_bytes(const char *folder, const char *name, const void *bytes, size_t length)
{
    CLEANUP(free) char *path = text_formatted("%s/%s", folder, name);
    Error err = {0};

    FUZZ_CHECK(path && folder_create(folder, &err));
    FUZZ_CHECK(file_write_atomic(path, bytes, length, 0644, &err));
}

static void write_seed(const Maker *maker, const char *target, const char *name, const void *bytes,
                       size_t length)
{
    CLEANUP(free) char *folder = text_formatted("%s/%s", maker->corpus, target);

    FUZZ_CHECK(folder);
    write_bytes(folder, name, bytes, length);
}

static void sign(Maker *maker, const SignaturePlan *plan, Text *out)
{
    SignaturePlan whole = *plan;

    whole.signer = &maker->authority.signer;
    whole.extra = maker->extra;
    signature_make(&maker->program, &whole, out);
}

static void seed_signed_data(Maker *maker, const char *name, const SignaturePlan *plan)
{
    CLEANUP_TEXT Text der = {0};

    sign(maker, plan, &der);
    write_seed(maker, "signed_data", name, der.bytes, der.length);
}

static void seed_nested(Maker *maker)
{
    CLEANUP_TEXT Text inner = {0};
    const Text *const nested[] = {&inner, NULL};

    sign(maker, &(SignaturePlan){.pages = PAGES_RIGHT}, &inner);
    seed_signed_data(maker, "nested", &(SignaturePlan){.digest = "SHA1", .nested = nested});
}

/* Each unsigned attribute of the fixture's signature is a timestamp on it. */
static void seed_timestamps(const Maker *maker, const Text *signature)
{
    const unsigned char *at = (const unsigned char *)signature->bytes;
    CLEANUP(PKCS7_free) PKCS7 *message = d2i_PKCS7(NULL, &at, (long)signature->length);
    STACK_OF(X509_ATTRIBUTE) * stamps;

    FUZZ_CHECK(message);
    stamps = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(message), 0)->unauth_attr;
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(stamps); i++) {
        X509_ATTRIBUTE *stamp = sk_X509_ATTRIBUTE_value(stamps, i);
        const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(stamp, 0, V_ASN1_SEQUENCE, NULL);
        const bool token =
            OBJ_obj2nid(X509_ATTRIBUTE_get0_object(stamp)) != NID_pkcs9_countersignature;
        CLEANUP(free) char *name = text_formatted("stamp-%d", i);

        FUZZ_CHECK(value && name);
        write_seed(maker, token ? "token" : "countersignature", name, ASN1_STRING_get0_data(value),
                   (size_t)ASN1_STRING_length(value));
    }
}

static void make_fixture(Maker *maker, const char *folder)
{
    const Identity *tsa = &maker->authority.tsa;
    const TimestampPlan stamps[] = {
        {.kind = STAMP_RFC3161,          .tsa = tsa    },
        {                              .kind = STAMP_RFC3161,                    .tsa = tsa, .ess_v1 = true, .attribute_certificate = true},
        { .kind = STAMP_RFC3161,          .tsa = tsa,     .digest = "SHA384", .ess = "SHA512"},
        {           .kind = STAMP_COUNTERSIGNATURE,                              .tsa = tsa              },
        {.kind = STAMP_COUNTERSIGNATURE, .tsa = tsa,     .digest = "SHA512"},
    };
    const TimestampPlan *const list[] = {&stamps[0], &stamps[1], &stamps[2],
                                         &stamps[3], &stamps[4], NULL};
    CLEANUP_TEXT Text der = {0};
    CLEANUP(free) char *ca = text_formatted("%s/ca.pem", folder);
    CLEANUP(free) char *tsa_ca = text_formatted("%s/tsa.pem", folder);

    sign(maker, &(SignaturePlan){.timestamps = list}, &der);
    write_bytes(folder, "program.exe", maker->program.bytes, maker->program.length);
    write_bytes(folder, "signature.der", der.bytes, der.length);
    certificate_write(ca, &maker->authority.root);
    certificate_write(tsa_ca, &maker->authority.tsa_root);
    write_seed(maker, "signed_data", "good", der.bytes, der.length);
    seed_timestamps(maker, &der);
}

void seed_signatures(const char *corpus, const char *fixture)
{
    Maker maker = {
        corpus, authority_make(), pe_build(&(PePlan){.plus = true}
          ), { NULL,        NULL}
    };

    maker.extra[0] = maker.authority.intermediate.certificate;
    make_fixture(&maker, fixture);
    /* Nobody trusts the second authority: of all seeds, only the fixture's signature is accepted.
     */
    authority_free(&maker.authority);
    maker.authority = authority_make();
    maker.extra[0] = maker.authority.intermediate.certificate;
    seed_signed_data(&maker, "pages", &(SignaturePlan){.pages = PAGES_RIGHT});
    seed_signed_data(&maker, "stuffed", &(SignaturePlan){.stuffing = 40});
    seed_signed_data(&maker, "two-signers", &(SignaturePlan){.flaw = FLAW_TWO_SIGNERS});
    seed_signed_data(&maker, "indefinite", &(SignaturePlan){.flaw = FLAW_INDEFINITE_LENGTH});
    seed_signed_data(&maker, "no-attributes", &(SignaturePlan){.flaw = FLAW_NO_ATTRIBUTES});
    seed_nested(&maker);
    authority_free(&maker.authority);
    pe_file_free(&maker.program);
}
