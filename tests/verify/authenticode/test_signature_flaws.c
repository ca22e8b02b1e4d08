/* Tests of what one signature may not be (verify/authenticode/signed_data.c, indirect_data.c,
 * signer_info.c), each row a signature of tests/support/pe_signer.c that is wrong in one way and
 * otherwise perfect. Source of the rows: the pitfall table of verify-rules.md, section 4;
 * Microsoft, "Windows Authenticode Portable Executable Signature Format"; RFC 5652
 * sections 5.3, 5.4 and 11. */
#include "tests/support/find_bytes.h"
#include "tests/verify/authenticode/verdict_scene.h"

typedef struct FlawCase {
    SignatureFlaw flaw;
    const char *code;
} FlawCase;

static const FlawCase flaw_cases[] = {
    {FLAW_DIGEST_VALUE,          "digest-mismatch"            },
    {FLAW_DIGEST_EMPTY,          "digest-length"              },
    {FLAW_DIGEST_SHORT,          "digest-length"              },
    {FLAW_DIGEST_LONG,           "digest-length"              },
    {FLAW_DIGEST_UNKNOWN,        "digest-disagrees"           },
    {FLAW_DIGEST_SIGNER_DIFFERS, "digest-disagrees"           },
    {FLAW_DIGEST_SET_DIFFERS,    "digest-disagrees"           },
    {FLAW_CONTENT_TYPE,          "attributes"                 },
    {FLAW_NO_CONTENT_TYPE,       "attributes"                 },
    {FLAW_CONTENT_OID,           "malformed"                  }, /* "data" must be OCTETs */
    {FLAW_MESSAGE_DIGEST,        "message-digest"             },
    {FLAW_MESSAGE_DIGEST_WHOLE,  "message-digest"             },
    {FLAW_NO_MESSAGE_DIGEST,     "attributes"                 },
    {FLAW_NO_ATTRIBUTES,         "attributes"                 },
    {FLAW_SIGNATURE_VALUE,       "signature-wrong"            },
    {FLAW_NO_SIGNER,             "signer-count"               },
    {FLAW_TWO_SIGNERS,           "signer-count"               },
    {FLAW_DETACHED,              "detached"                   },
    {FLAW_IMAGE_TYPE,            "indirect-data"              },
    {FLAW_INDEFINITE_LENGTH,     "signature-indefinite-length"}, /* pe_image.c is first to see it */
    {FLAW_TRAILING_BYTE,         "data-after-signature"       }, /* likewise */
    {FLAW_TRAILING_ZEROS,        "data-after-signature"       }, /* eight are more than filling */
};

static void a_signature_that_is_wrong_in_one_way_is_refused_by_name(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    for (size_t i = 0; i < sizeof flaw_cases / sizeof flaw_cases[0]; i++) {
        print_message("flaw %d: %s\n", flaw_cases[i].flaw, flaw_cases[i].code);
        scene_sign(&scene, &(SignaturePlan){.flaw = flaw_cases[i].flaw});
        assert_verdict(&scene, AUTHENTICODE_INVALID, flaw_cases[i].code);
        assert_true(strlen(scene.verdict.reason) > 0);
    }
}

/* 1.3.6.1.4.1.311.2.1.4 becomes ...5 where the message says what it holds, which comes first. */
static void a_message_over_something_else_is_refused(void **state)
{
    static const uint8_t oid[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4};
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const uint8_t *found = NULL;

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    found = find_bytes(scene.file.bytes + scene.file.table_at,
                       scene.file.length - scene.file.table_at, oid, sizeof oid);
    assert_non_null(found);
    scene.file.bytes[(size_t)(found - scene.file.bytes) + sizeof oid - 1] = 5;
    assert_verdict(&scene, AUTHENTICODE_INVALID, "content-type");
}

static void the_same_signature_without_a_flaw_is_valid(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.flaw = SIGNATURE_GOOD});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

/* The image digest has two holes: the checksum and the directory entry. The bytes beside them are
 * covered: an off-by-one would leave room for a change. */
static void each_byte_beside_the_holes_of_the_digest_counts(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    size_t places[5];

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    places[0] = scene.file.checksum_at - 1;
    places[1] = scene.file.checksum_at + 4;
    places[2] = scene.file.directory_at - 1;
    places[3] = scene.file.table_at - 1;
    places[4] = 2; /* the DOS header */
    for (size_t i = 0; i < 5; i++) {
        scene.file.bytes[places[i]] ^= 0x80;
        assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-mismatch");
        scene.file.bytes[places[i]] ^= 0x80;
    }
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

static void a_wrong_checksum_is_noted_and_nothing_more(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    pe_put32(&scene.file, scene.file.checksum_at, 0x12345678);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_non_null(strstr(scene.verdict.note, "checksum"));
}

static void bytes_in_an_unsigned_attribute_are_noted_and_nothing_more(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.stuffing = 4096});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_non_null(strstr(scene.verdict.note, "signed by nobody"));
}

/* ---- algorithms ---- */

static void every_digest_of_sha_2_is_accepted(void **state)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512"};
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene_sign(&scene, &(SignaturePlan){.digest = digests[i]});
        assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    }
}

typedef struct WeakCase {
    const char *digest;
    bool allow_sha1;
    AuthenticodeStatus status;
    const char *code;
} WeakCase;

static void sha_1_counts_only_where_it_is_allowed_and_md5_never(void **state)
{
    static const WeakCase cases[] = {
        {"SHA1", false, AUTHENTICODE_INVALID, "weak-digest"},
        {"SHA1", true,  AUTHENTICODE_VALID,   "ok"         },
        {"MD5",  false, AUTHENTICODE_INVALID, "weak-digest"},
        {"MD5",  true,  AUTHENTICODE_INVALID, "weak-digest"},
    };
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene.options.allow_sha1 = cases[i].allow_sha1;
        scene_sign(&scene, &(SignaturePlan){.signer = &signer, .digest = cases[i].digest});
        assert_verdict(&scene, cases[i].status, cases[i].code);
    }
}

/* To be told "too weak" of a file that was changed would send the operator the wrong way. */
static void a_changed_program_with_a_weak_digest_is_called_changed(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA1"});
    scene.file.bytes[2] ^= 1;
    assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-mismatch");
}

static void rsa_signatures_hold_like_those_of_ec(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.signer = &signer});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .flaw = FLAW_SIGNATURE_VALUE});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "signature-wrong");
}

typedef struct AlgorithmCase {
    const char *name;
    bool rsa;                         /* the signer's key; P-256 if not */
    uint8_t written[11], patched[11]; /* with tag and length */
    size_t length;
} AlgorithmCase;

/* The algorithm of the signature stands in the SignerInfo, which comes last. */
static uint8_t *last_of(const PeFile *file, const uint8_t *wanted, size_t length)
{
    for (size_t at = file->length - length; at >= file->table_at; at--)
        if (memcmp(file->bytes + at, wanted, length) == 0)
            return file->bytes + at;
    return NULL;
}

static void a_signature_algorithm_that_is_none_of_authenticodes_does_not_count(void **state)
{
    static const AlgorithmCase cases[] = {
        {"PSS for RSA",
         true,  {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1},
         {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10},
         11},
        {"SHA-512 with RSA, but the digest is SHA-256",
         true,  {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1},
         {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13},
         11},
        {"ECDSA with SHA-384, but the digest is SHA-256",
         false, {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2},
         {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3},
         10},
        {"an algorithm that nobody knows",
         false, {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2},
         {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3, 2},
         10},
    };
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity rsa = identity_make(&plan, &scene.authority.intermediate);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *at = NULL;

        print_message("%s\n", cases[i].name);
        scene_sign(&scene, &(SignaturePlan){.signer = cases[i].rsa ? &rsa : NULL});
        at = last_of(&scene.file, cases[i].written, cases[i].length);
        assert_non_null(at);
        memcpy(at, cases[i].patched, cases[i].length);
        assert_verdict(&scene, AUTHENTICODE_INVALID, "signature-algorithm");
    }
}

/* ---- certificates ---- */

static void a_signature_without_its_certificate_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.without_certificate = true});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "certificate-missing");
}

static void more_certificates_in_another_order_change_nothing(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const X509 *const extra[] = {
        scene.authority.tsa.certificate, scene.authority.intermediate.certificate,
        scene.authority.root.certificate, scene.authority.intermediate.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.extra = extra, .extra_first = true});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

/* The set of certificates is signed by nobody. A stranger's with the signer's issuer and serial
 * number must not keep us from finding the right one. */
static void a_strangers_certificate_of_the_same_name_and_number_changes_nothing(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity stranger =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &scene.authority.intermediate);
    const X509 *const extra[] = {stranger.certificate, scene.authority.intermediate.certificate,
                                 NULL};

    (void)state;
    assert_true(X509_set_serialNumber(stranger.certificate,
                                      X509_get_serialNumber(scene.authority.signer.certificate)));
    assert_true(X509_sign(stranger.certificate, scene.authority.root.key, EVP_sha256()));
    scene_sign(&scene, &(SignaturePlan){.extra = extra, .extra_first = true});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
}

static void more_certificates_than_are_looked_at_are_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const X509 *extra[40];

    (void)state;
    for (size_t i = 0; i < 39; i++)
        extra[i] = scene.authority.intermediate.certificate;
    extra[39] = NULL;
    scene_sign(&scene, &(SignaturePlan){.extra = extra});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "too-many");
}

/* ---- page hashes ---- */

static void page_hashes_are_checked_where_they_are(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.pages = PAGES_RIGHT});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene_judge(&scene), 2); /* the second reading hashes the pages */
    scene_sign(&scene, &(SignaturePlan){.pages = PAGES_WRONG});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "page-hashes");
}

/* The two sections change places in the file, but not in the section table. */
static void page_hashes_of_a_layout_that_leaves_doubt_are_refused(void **state)
{
    enum { SECTION_SIZE = 40, RAW_AT = 20 };
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const size_t first = scene.file.sections_at + RAW_AT;
    const size_t second = first + SECTION_SIZE;
    const uint32_t raw_at = pe_get32(&scene.file, first);

    (void)state;
    pe_put32(&scene.file, first, pe_get32(&scene.file, second));
    pe_put32(&scene.file, second, raw_at);
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    scene_sign(&scene, &(SignaturePlan){.pages = PAGES_RIGHT});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "page-hashes-uncheckable");
}

static void page_hashes_by_sha_1_are_checked_too(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene.options.allow_sha1 = true;
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA1", .pages = PAGES_RIGHT});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA1", .pages = PAGES_WRONG});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "page-hashes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_that_is_wrong_in_one_way_is_refused_by_name),
        cmocka_unit_test(a_message_over_something_else_is_refused),
        cmocka_unit_test(the_same_signature_without_a_flaw_is_valid),
        cmocka_unit_test(each_byte_beside_the_holes_of_the_digest_counts),
        cmocka_unit_test(a_wrong_checksum_is_noted_and_nothing_more),
        cmocka_unit_test(bytes_in_an_unsigned_attribute_are_noted_and_nothing_more),
        cmocka_unit_test(every_digest_of_sha_2_is_accepted),
        cmocka_unit_test(sha_1_counts_only_where_it_is_allowed_and_md5_never),
        cmocka_unit_test(a_changed_program_with_a_weak_digest_is_called_changed),
        cmocka_unit_test(rsa_signatures_hold_like_those_of_ec),
        cmocka_unit_test(a_signature_algorithm_that_is_none_of_authenticodes_does_not_count),
        cmocka_unit_test(a_signature_without_its_certificate_is_refused),
        cmocka_unit_test(more_certificates_in_another_order_change_nothing),
        cmocka_unit_test(a_strangers_certificate_of_the_same_name_and_number_changes_nothing),
        cmocka_unit_test(more_certificates_than_are_looked_at_are_refused),
        cmocka_unit_test(page_hashes_are_checked_where_they_are),
        cmocka_unit_test(page_hashes_of_a_layout_that_leaves_doubt_are_refused),
        cmocka_unit_test(page_hashes_by_sha_1_are_checked_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
