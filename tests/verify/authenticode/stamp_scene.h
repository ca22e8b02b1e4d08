/* stamp_scene: one signature with the timestamps that a test gives it, and what timestamp_check()
 * says of them. */
#ifndef GODEPLOY_TESTS_VERIFY_AUTHENTICODE_STAMP_SCENE_H
#define GODEPLOY_TESTS_VERIFY_AUTHENTICODE_STAMP_SCENE_H

#include "tests/support/pe_signer.h"
#include "tests/verify/box.h"
#include "verify/authenticode/authenticode.h"
#include "verify/authenticode/timestamp.h"

typedef struct StampScene {
    Box box;
    Authority authority;
    PeFile file;
    TextList ca, tsa_ca;
    AuthenticodeOptions options; /* a test may change them before it asks */
    Timestamp answer;
} StampScene;

static inline StampScene stamp_scene_open(void)
{
    StampScene scene = {
        .box = box_open(), .authority = authority_make(), .file = pe_build(&(PePlan){0})};
    const char *ca = box_path(&scene.box, "ca.pem");
    const char *tsa_ca = box_path(&scene.box, "tsa.pem");
    Error err = {0};

    certificate_write(ca, &scene.authority.root);
    certificate_write(tsa_ca, &scene.authority.tsa_root);
    assert_true(text_list_add(&scene.ca, ca, &err) && text_list_add(&scene.tsa_ca, tsa_ca, &err));
    scene.options.at_ms = TEST_NOW_MS;
    return scene;
}

static inline void stamp_scene_close(StampScene *scene)
{
    box_close(&scene->box);
    authority_free(&scene->authority);
    pe_file_free(&scene->file);
    text_list_free(&scene->ca);
    text_list_free(&scene->tsa_ca);
}
#define CLEANUP_STAMP_SCENE __attribute__((cleanup(stamp_scene_close)))

static inline AuthenticodePolicy *stamp_scene_policy(const StampScene *scene)
{
    AuthenticodeOptions options = scene->options;
    AuthenticodePolicy *policy = NULL;
    Error err = {0};

    options.ca = &scene->ca;
    options.tsa_ca = &scene->tsa_ca;
    if (!authenticode_policy_load(&options, &policy, &err))
        fail_msg("%s", err.message);
    return policy;
}

/* What is said of the timestamps of this signature, which stays in `answer`. */
static inline const Timestamp *stamp_scene_ask(StampScene *scene, const SignaturePlan *plan)
{
    CLEANUP_TEXT Text der = {0};
    CLEANUP(authenticode_policy_free) AuthenticodePolicy *policy = stamp_scene_policy(scene);
    CLEANUP(PKCS7_free) PKCS7 *message = NULL;
    const unsigned char *at = NULL;
    TimestampClaim claim = {.signer_certificate = plan->signer->certificate};
    Error err = {0};

    signature_make(&scene->file, plan, &der);
    at = (const unsigned char *)der.bytes;
    message = d2i_PKCS7(NULL, &at, (long)der.length);
    assert_non_null(message);
    claim.signer = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(message), 0);
    claim.certificates = message->d.sign->cert;
    if (!timestamp_check(policy, &claim, &scene->answer, &err))
        fail_msg("%s", err.message);
    return &scene->answer;
}

/* The usual signer, with one timestamp. */
static inline const Timestamp *stamp_scene_ask_about(StampScene *scene, const TimestampPlan *stamp)
{
    const TimestampPlan *const stamps[] = {stamp, NULL};
    const SignaturePlan plan = {.signer = &scene->authority.signer, .timestamps = stamps};

    return stamp_scene_ask(scene, &plan);
}

static inline void assert_stamp(const Timestamp *answer, const char *code)
{
    if (strcmp(answer->code, code) != 0)
        fail_msg("expected %s, got %s: %s", code, answer->code, answer->reason);
    assert_int_equal(answer->good, strcmp(code, "ok") == 0);
}

#endif
