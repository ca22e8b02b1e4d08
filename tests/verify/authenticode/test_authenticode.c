/* Tests of verify/authenticode/authenticode.c: what a verdict says, and the rule that weighs
 * several signatures. The flaws of one signature are in test_signature_flaws.c. */
#include "tests/verify/authenticode/verdict_scene.h"

static void a_signed_program_is_valid_and_its_signer_named(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_string_equal(scene.verdict.reason, "signed by Example Signer");
    assert_string_equal(scene.verdict.publisher, "Example Signer");
    assert_string_equal(scene.verdict.signer, "CN=Example Signer,O=Example Ltd");
    assert_int_equal(scene.verdict.signatures, 1);
    assert_int_equal(scene.verdict.counted, 0);
    assert_int_equal(scene.verdict.time_source, TIME_NOW);
    assert_int_equal(scene.verdict.time_ms, 0);
    assert_int_equal(scene.verdict.valid_until_ms, TEST_NOT_AFTER);
    assert_int_equal(scene.verdict.chain_length, 3);
    assert_string_equal(scene.verdict.chain[1], "Example Intermediate");
    assert_string_equal(scene.verdict.chain[2], "Example Root");
    assert_string_equal(scene.verdict.digest_name, "sha256");
    assert_int_equal(strlen(scene.verdict.digest), 64);
    assert_string_equal(scene.verdict.note, "");
}

static void a_program_without_a_signature_is_unsigned(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    assert_verdict(&scene, AUTHENTICODE_UNSIGNED, "unsigned");
    assert_int_equal(scene.verdict.signatures, 0);
    assert_int_equal(scene.verdict.counted, -1);
}

static void what_is_no_program_is_said_to_be_none(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene.file.bytes[0] = '#';
    assert_verdict(&scene, AUTHENTICODE_NOT_PE, "not-mz");
}

static void a_byte_changed_after_signing_is_a_digest_mismatch(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    scene.file.bytes[scene.file.table_at - 1] ^= 1;
    assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-mismatch");
    assert_int_equal(scene.verdict.counted, -1);
}

static void a_signer_of_another_authority_is_refused_and_the_missing_root_named(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const X509 *const anchors[] = {scene.authority.tsa_root.certificate, NULL};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){0});
    scene_trust(&scene, anchors);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "root-not-in-bundle");
    assert_string_equal(scene.verdict.reason, "root not in bundle: Example Root");
}

static void a_file_on_disk_is_judged_like_one_in_memory(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = scene_policy(&scene);
    const char *path = NULL;
    Error err = {0};

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA512"});
    path = box_write(&scene.box, "signed.exe", scene.file.bytes, scene.file.length);
    assert_true(authenticode_check_file(policy, path, &scene.verdict, &err));
    assert_string_equal(scene.verdict.code, "ok");
    assert_string_equal(scene.verdict.digest_name, "sha512");
    assert_false(authenticode_check_file(policy, "/nowhere/x.exe", &scene.verdict, &err));
    assert_says(&err, ERR_FILE, "/nowhere/x.exe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_program_is_valid_and_its_signer_named),
        cmocka_unit_test(a_program_without_a_signature_is_unsigned),
        cmocka_unit_test(what_is_no_program_is_said_to_be_none),
        cmocka_unit_test(a_byte_changed_after_signing_is_a_digest_mismatch),
        cmocka_unit_test(a_signer_of_another_authority_is_refused_and_the_missing_root_named),
        cmocka_unit_test(a_file_on_disk_is_judged_like_one_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
