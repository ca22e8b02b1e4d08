/* Tests of authenticode_check() on what another tool signs: osslsigncode shares no code with the
 * test signer, and its own timestamp authority none with the maker of timestamps. */
#include "tests/verify/authenticode/verdict_scene.h"

enum { EXTRA_ARGUMENTS = 4, ARGUMENTS = 24 };

/* What osslsigncode is to do besides the usual; NULL ends the list. */
typedef struct SigningRow {
    KeyKind key;
    const char *extra[EXTRA_ARGUMENTS];
    const char *code;
    const char *digest;
} SigningRow;

#define SIGNING(key, digest, code, ...)                                                            \
    {                                                                                              \
        key, {__VA_ARGS__}, code, digest                                                           \
    }

static void run(VerdictScene *scene, const char *const *argv)
{
    const Spawn spawn = {.argv = argv, .folder = scene->box.folder};
    Error err = {0};

    if (!process_run(&spawn, BOX_OPENSSL_TIMEOUT_MS, &scene->box.last, &err))
        fail_msg("osslsigncode: %s", err.message);
    if (scene->box.last.exit_status != 0)
        fail_msg("osslsigncode says: %s", scene->box.last.output);
}

/* in.exe becomes out.exe. The time that the timestamp states is TEST_SIGNED_MS. */
static void sign_file(VerdictScene *scene, const char *const *extra)
{
    const char *argv[ARGUMENTS] = {"osslsigncode", "sign",      "-certs",   "signer.pem",
                                   "-key",         "key.pem",   "-ac",      "between.pem",
                                   "-TSA-certs",   "tsa.crt",   "-TSA-key", "tsa.key",
                                   "-TSA-time",    "1777723200"};
    size_t count = 14;

    for (; *extra; extra++)
        argv[count++] = *extra;
    argv[count++] = "-in";
    argv[count++] = "in.exe";
    argv[count++] = "-out";
    argv[count++] = "out.exe";
    assert_true(count < ARGUMENTS);
    run(scene, argv);
}

/* What osslsigncode made takes the place of the program. */
static void take_file(VerdictScene *scene)
{
    size_t length = 0;
    CLEANUP(free) char *bytes = box_read(&scene->box, "out.exe", &length);

    scene->file.length = 0;
    pe_append(&scene->file, bytes, length);
}

static void write_identities(VerdictScene *scene, const Identity *signer)
{
    const Identity *tsa = &scene->authority.tsa;

    certificate_write(box_path(&scene->box, "signer.pem"), signer);
    certificate_write(box_path(&scene->box, "between.pem"), &scene->authority.intermediate);
    certificate_write(box_path(&scene->box, "tsa.crt"), tsa);
    key_write(box_path(&scene->box, "key.pem"), signer);
    key_write(box_path(&scene->box, "tsa.key"), tsa);
    box_write(&scene->box, "in.exe", scene->file.bytes, scene->file.length);
}

static void what_osslsigncode_signs_is_accepted(void **state)
{
    static const SigningRow rows[] = {
        SIGNING(TEST_KEY_RSA_2048, "sha256", "ok", NULL),
        SIGNING(TEST_KEY_P256, "sha256", "ok", NULL),
        SIGNING(TEST_KEY_RSA_2048, "sha384", "ok", "-h", "sha384", NULL),
        SIGNING(TEST_KEY_P384, "sha512", "ok", "-h", "sha512", NULL),
        SIGNING(TEST_KEY_P256, "sha256", "ok", "-ph", NULL),
        SIGNING(TEST_KEY_P256, "sha256", "ok", "-addUnauthenticatedBlob", NULL),
        SIGNING(TEST_KEY_P256, "sha1", "weak-digest", "-h", "sha1", NULL),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const CertificatePlan plan = {.role = ROLE_SIGNER, .key = rows[i].key};
        CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);
        const bool good = strcmp(rows[i].code, "ok") == 0;

        write_identities(&scene, &signer);
        sign_file(&scene, rows[i].extra);
        take_file(&scene);
        assert_verdict(&scene, good ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID, rows[i].code);
        assert_string_equal(scene.verdict.digest_name, rows[i].digest);
        if (good) {
            assert_int_equal(scene.verdict.time_source, TIME_RFC3161);
            assert_int_equal(scene.verdict.time_ms, TEST_SIGNED_MS);
            assert_string_equal(scene.verdict.publisher, "Example Signer");
            assert_string_equal(scene.verdict.tsa, "Example Timestamps");
        }
    }
}

static void what_osslsigncode_nests_is_found(void **state)
{
    static const char *const nest[] = {"-nest", NULL};
    static const char *const nothing[] = {NULL};
    CLEANUP_SCENE VerdictScene scene = scene_open();
    Error err = {0};

    (void)state;
    write_identities(&scene, &scene.authority.signer);
    sign_file(&scene, nothing);
    take_file(&scene);
    box_write(&scene.box, "in.exe", scene.file.bytes, scene.file.length);
    assert_true(file_remove(box_path(&scene.box, "out.exe"), &err));
    sign_file(&scene, nest);
    take_file(&scene);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.signatures, 2);
}

static void what_osslsigncode_signed_and_somebody_changed_is_refused(void **state)
{
    static const char *const nothing[] = {NULL};
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    write_identities(&scene, &scene.authority.signer);
    sign_file(&scene, nothing);
    take_file(&scene);
    scene.file.bytes[600] ^= 1;
    assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-mismatch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_osslsigncode_signs_is_accepted),
        cmocka_unit_test(what_osslsigncode_nests_is_found),
        cmocka_unit_test(what_osslsigncode_signed_and_somebody_changed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
