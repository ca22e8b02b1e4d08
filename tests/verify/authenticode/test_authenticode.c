/* Tests of verify/authenticode/authenticode.c: what a verdict says, and the rule that weighs
 * several signatures. The flaws of one signature are in test_signature_flaws.c. */
#include "base/parallel.h"
#include "tests/support/revocation_list.h"
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

static void a_library_is_told_from_a_program(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    assert_verdict(&scene, AUTHENTICODE_UNSIGNED, "unsigned");
    assert_false(scene.verdict.dll);
    pe_file_free(&scene.file);
    scene.file = pe_build(&(PePlan){.dll = true});
    scene_sign(&scene, &(SignaturePlan){0});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_true(scene.verdict.dll);
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

/* ---- reading twice ---- */

static void a_program_is_read_twice_only_if_its_signature_asks_for_it(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA256"});
    assert_int_equal(scene_judge(&scene), 1);
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA384"});
    assert_int_equal(scene_judge(&scene), 2);
    assert_string_equal(scene.verdict.code, "ok");
    assert_int_equal(strlen(scene.verdict.digest), 96);
}

/* A source whose bytes are others from the second reading on. */
typedef struct FickleSource {
    MemorySource memory;
    uint8_t *turned; /* this byte */
} FickleSource;

static bool fickle_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    return memory_read(&((FickleSource *)context)->memory, buffer, size, got, err);
}

static bool fickle_rewind(void *context, Error *err)
{
    FickleSource *fickle = context;

    *fickle->turned ^= 1;
    return memory_rewind(&fickle->memory, err);
}

static void a_file_that_changes_between_two_readings_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = scene_policy(&scene);
    FickleSource fickle = {0};
    AuthenticodeSource source = {.read = fickle_read, .rewind = fickle_rewind, .context = &fickle};
    Error err = {0};
    size_t places[3];

    (void)state;
    scene_sign(&scene, &(SignaturePlan){.digest = "SHA384"});
    places[0] = 2;                        /* the program */
    places[1] = scene.file.table_at + 40; /* its signature */
    places[2] = 0;                        /* "MZ": no program any more */
    for (size_t i = 0; i < 3; i++) {
        fickle.memory = (MemorySource){scene.file.bytes, scene.file.length, 0, 0};
        fickle.turned = scene.file.bytes + places[i];
        source.size_bytes = scene.file.length;
        assert_true(authenticode_check(policy, &source, &scene.verdict, &err));
        assert_int_equal(scene.verdict.status, AUTHENTICODE_INVALID);
        assert_string_equal(scene.verdict.code, "readings-differ");
        scene.file.bytes[places[i]] ^= 1;
    }
}

static bool broken_read(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    (void)context;
    (void)buffer;
    (void)size;
    (void)got;
    return error_set(err, ERR_FILE, "the disk is gone");
}

static void a_source_that_cannot_be_read_is_an_error_and_no_verdict(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = scene_policy(&scene);
    const AuthenticodeSource source = {
        .read = broken_read, .rewind = memory_rewind, .size_bytes = 4096};
    AuthenticodeVerdict verdict = {.code = "untouched"};
    Error err = {0};

    (void)state;
    assert_false(authenticode_check(policy, &source, &verdict, &err));
    assert_says(&err, ERR_FILE, "the disk is gone");
    assert_string_equal(verdict.code, "untouched");
}

/* ---- several at once ---- */

enum { CHECKS = 100 };

typedef struct Crowd {
    const AuthenticodePolicy *policy;
    const PeFile *file;
    int valid;
} Crowd;

/* Another thread than the test's: it asserts nothing, and leaves the counting to done(). */
static void *check_once(void *context, size_t index)
{
    const Crowd *crowd = context;
    MemorySource memory = {crowd->file->bytes, crowd->file->length, 0, 0};
    const AuthenticodeSource source = {.read = memory_read,
                                       .rewind = memory_rewind,
                                       .context = &memory,
                                       .size_bytes = crowd->file->length};
    AuthenticodeVerdict verdict;
    Error err = {0};

    (void)index;
    return authenticode_check(crowd->policy, &source, &verdict, &err) &&
                   verdict.status == AUTHENTICODE_VALID
               ? context
               : NULL;
}

static void count_valid(void *context, size_t index, void *result)
{
    (void)index;
    ((Crowd *)context)->valid += result != NULL;
}

/* Certificates, stores and lists fill in what they know of themselves when first asked: with lists
 * and a timestamp, all of that is touched here. The thread sanitizer looks on (preset tsan). */
static void several_threads_may_use_one_policy(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = NULL;
    const TimestampPlan token = {.kind = STAMP_RFC3161, .tsa = &scene.authority.tsa};
    const TimestampPlan *const timestamps[] = {&token, NULL};
    const Identity *const issuers[] = {&scene.authority.root, &scene.authority.intermediate,
                                       &scene.authority.tsa_root};
    Crowd crowd = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        CLEANUP(free) char *name = text_formatted("%zu.crl", i);

        revocation_list_write(box_path(&scene.box, name),
                              &(RevocationListPlan){.issuer = issuers[i]});
        scene_add(&scene.crls, box_path(&scene.box, name));
    }
    scene_add(&scene.publishers, "CN=Example Signer");
    scene.options.require_timestamp = true;
    scene_sign(&scene, &(SignaturePlan){.timestamps = timestamps});
    policy = scene_policy(&scene);
    crowd = (Crowd){.policy = policy, .file = &scene.file};
    parallel_run(&(ParallelWork){CHECKS, check_once, count_valid, &crowd});
    assert_int_equal(crowd.valid, CHECKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_program_is_valid_and_its_signer_named),
        cmocka_unit_test(a_program_without_a_signature_is_unsigned),
        cmocka_unit_test(a_library_is_told_from_a_program),
        cmocka_unit_test(what_is_no_program_is_said_to_be_none),
        cmocka_unit_test(a_byte_changed_after_signing_is_a_digest_mismatch),
        cmocka_unit_test(a_signer_of_another_authority_is_refused_and_the_missing_root_named),
        cmocka_unit_test(a_file_on_disk_is_judged_like_one_in_memory),
        cmocka_unit_test(a_program_is_read_twice_only_if_its_signature_asks_for_it),
        cmocka_unit_test(a_file_that_changes_between_two_readings_is_refused),
        cmocka_unit_test(a_source_that_cannot_be_read_is_an_error_and_no_verdict),
        cmocka_unit_test(several_threads_may_use_one_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
