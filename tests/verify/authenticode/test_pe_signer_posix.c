/* Tests of tests/support/pe_signer.c: what it makes in the good case is what others call a
 * signature. osslsigncode, which shares no code with us, is the judge. */
#include "tests/support/pe_signer.h"
#include "tests/verify/box.h"

typedef struct Scene {
    Box box;
    Authority authority;
    PeFile file;
} Scene;

static Scene scene_open(const PePlan *plan)
{
    Scene scene = {box_open(), authority_make(), pe_build(plan)};

    certificate_write(box_path(&scene.box, "ca.pem"), &scene.authority.root);
    certificate_write(box_path(&scene.box, "tsa.pem"), &scene.authority.tsa_root);
    return scene;
}

static void scene_close(Scene *scene)
{
    box_close(&scene->box);
    authority_free(&scene->authority);
    pe_file_free(&scene->file);
}
#define CLEANUP_SCENE __attribute__((cleanup(scene_close)))

/* The time of the tests, in seconds: no certificate of theirs ages. */
static const char now[] = "1780315200";

static bool osslsigncode_accepts(Scene *scene)
{
    const char *const argv[] = {"osslsigncode", "verify",     "-CAfile", "ca.pem",
                                "-TSA-CAfile",  "tsa.pem",    "-time",   now,
                                "-in",          "signed.exe", NULL};
    const Spawn spawn = {.argv = argv, .folder = scene->box.folder};
    Error err = {0};

    box_write(&scene->box, "signed.exe", scene->file.bytes, scene->file.length);
    if (!process_run(&spawn, BOX_OPENSSL_TIMEOUT_MS, &scene->box.last, &err))
        fail_msg("osslsigncode: %s", err.message);
    return scene->box.last.exit_status == 0;
}

static void assert_accepted(Scene *scene, const SignaturePlan *plan)
{
    pe_sign(&scene->file, plan);
    if (!osslsigncode_accepts(scene))
        fail_msg("osslsigncode says: %s", scene->box.last.output);
}

static void osslsigncode_accepts_what_the_test_signer_makes(void **state)
{
    static const PePlan programs[] = {
        {0             },
        { .plus = true, .sections = 3, .overlay = 13}
    };
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_SCENE Scene scene = scene_open(&programs[i]);
        const X509 *const extra[] = {scene.authority.intermediate.certificate, NULL};

        for (size_t j = 0; j < 3; j++) {
            const SignaturePlan plan = {
                .signer = &scene.authority.signer, .extra = extra, .digest = digests[j]};

            assert_accepted(&scene, &plan);
        }
    }
}

static void osslsigncode_accepts_rsa_keys_and_page_hashes(void **state)
{
    const PePlan program = {.sections = 2, .section_size = 9000};
    CLEANUP_SCENE Scene scene = scene_open(&program);
    const CertificatePlan rsa = {.role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity signer = identity_make(&rsa, &scene.authority.root);
    const SignaturePlan plan = {
        .signer = &signer, .pages = PAGES_RIGHT, .signing_time_ms = TEST_SIGNED_MS};

    (void)state;
    assert_accepted(&scene, &plan);
    assert_non_null(strstr(scene.box.last.output, "Page hash"));
}

static void osslsigncode_accepts_both_kinds_of_timestamp(void **state)
{
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_SCENE Scene scene = scene_open(&(PePlan){0});
        const X509 *const extra[] = {scene.authority.intermediate.certificate, NULL};
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &scene.authority.tsa};
        const TimestampPlan *const stamps[] = {&stamp, NULL};
        const SignaturePlan plan = {
            .signer = &scene.authority.signer, .extra = extra, .timestamps = stamps};

        assert_accepted(&scene, &plan);
        assert_non_null(strstr(scene.box.last.output, "May  2 12:00:00 2026 GMT"));
    }
}

static void osslsigncode_sees_a_nested_signature(void **state)
{
    CLEANUP_SCENE Scene scene = scene_open(&(PePlan){0});
    const X509 *const extra[] = {scene.authority.intermediate.certificate, NULL};
    const SignaturePlan inner = {.signer = &scene.authority.signer, .extra = extra};
    CLEANUP_TEXT Text nested = {0};
    const Text *const all[] = {&nested, NULL};
    SignaturePlan outer = inner;

    (void)state;
    signature_make(&scene.file, &inner, &nested);
    outer.nested = all;
    assert_accepted(&scene, &outer);
    assert_non_null(strstr(scene.box.last.output, "Number of verified signatures: 2"));
}

static void osslsigncode_refuses_what_is_made_wrong(void **state)
{
    static const SignatureFlaw flaws[] = {FLAW_DIGEST_VALUE, FLAW_MESSAGE_DIGEST,
                                          FLAW_SIGNATURE_VALUE};

    (void)state;
    for (size_t i = 0; i < sizeof flaws / sizeof *flaws; i++) {
        CLEANUP_SCENE Scene scene = scene_open(&(PePlan){0});
        const X509 *const extra[] = {scene.authority.intermediate.certificate, NULL};
        const SignaturePlan plan = {
            .signer = &scene.authority.signer, .extra = extra, .flaw = flaws[i]};

        pe_sign(&scene.file, &plan);
        assert_false(osslsigncode_accepts(&scene));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(osslsigncode_accepts_what_the_test_signer_makes),
        cmocka_unit_test(osslsigncode_accepts_rsa_keys_and_page_hashes),
        cmocka_unit_test(osslsigncode_accepts_both_kinds_of_timestamp),
        cmocka_unit_test(osslsigncode_sees_a_nested_signature),
        cmocka_unit_test(osslsigncode_refuses_what_is_made_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
