/* Tests of several signatures on one file (verify/authenticode/signatures.c and the rule in
 * authenticode.c): none may be broken, and one must meet the whole policy. Source of the cases: the
 * pitfall table of verify-rules.md, section 4. */
#include "tests/verify/authenticode/verdict_scene.h"

/* Signs with `outer`, in which the signatures of `inner` are nested. */
static void sign_nested(VerdictScene *scene, const SignaturePlan *outer,
                        const SignaturePlan *const *inner)
{
    Text texts[16] = {{0}};
    const Text *nested[17] = {NULL};
    SignaturePlan whole = *outer;

    for (size_t i = 0; inner[i]; i++) {
        assert_true(i < 16);
        texts[i] = scene_nested(scene, inner[i]);
        nested[i] = &texts[i];
    }
    whole.nested = nested;
    scene_sign(scene, &whole);
    for (size_t i = 0; i < 16; i++)
        text_free(&texts[i]);
}

static void sign_pair(VerdictScene *scene, const SignaturePlan *outer, const SignaturePlan *inner)
{
    const SignaturePlan *const list[] = {inner, NULL};

    sign_nested(scene, outer, list);
}

static const SignaturePlan good = {.digest = "SHA256"};
static const SignaturePlan old = {.digest = "SHA1"};

static void of_two_good_signatures_the_outer_one_counts(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    sign_pair(&scene, &good, &(SignaturePlan){.digest = "SHA512"});
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.signatures, 2);
    assert_int_equal(scene.verdict.counted, 0);
    assert_string_equal(scene.verdict.digest_name, "sha256");
    assert_non_null(strstr(scene.verdict.reason, "signature 1 of 2"));
}

/* As the Visual C++ runtime was signed for years. */
static void a_nested_sha_256_signature_counts_where_the_outer_one_is_sha_1(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    sign_pair(&scene, &old, &good);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.counted, 1);
    assert_string_equal(scene.verdict.digest_name, "sha256");
    assert_non_null(strstr(scene.verdict.reason, "signature 2 of 2 (nested)"));
}

static void an_outer_sha_1_signature_alone_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_sign(&scene, &old); /* what is left when the nested one is stripped */
    assert_verdict(&scene, AUTHENTICODE_INVALID, "weak-digest");
}

static void a_nested_signature_counts_where_the_outer_one_is_not_trusted(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_IDENTITY Identity stranger =
        identity_make(&(CertificatePlan){.role = ROLE_SIGNER}, &scene.authority.tsa_root);

    (void)state;
    sign_pair(&scene, &(SignaturePlan){.signer = &stranger}, &good);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.counted, 1);
    assert_string_equal(scene.verdict.publisher, "Example Signer");
}

static void where_none_meets_the_policy_the_one_that_came_nearest_is_reported(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    scene_add(&scene.publishers, "CN=Somebody Else");
    sign_pair(&scene, &old, &good);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "publisher");
    assert_int_equal(scene.verdict.counted, -1);
    assert_non_null(strstr(scene.verdict.reason, "signature 2 of 2 (nested)"));
}

static void a_broken_signature_refuses_the_file_wherever_it_stands(void **state)
{
    static const struct {
        SignatureFlaw flaw;
        const char *code;
    } cases[] = {
        {FLAW_DIGEST_VALUE,      "digest-mismatch"},
        {FLAW_MESSAGE_DIGEST,    "message-digest" },
        {FLAW_SIGNATURE_VALUE,   "signature-wrong"},
        {FLAW_TWO_SIGNERS,       "signer-count"   },
        {FLAW_NO_ATTRIBUTES,     "attributes"     },
        {FLAW_INDEFINITE_LENGTH, "ber"            },
    };
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const SignaturePlan broken = {.flaw = cases[i].flaw};

        sign_pair(&scene, &good, &broken);
        assert_verdict(&scene, AUTHENTICODE_INVALID, cases[i].code);
    }
    for (size_t i = 0; i < 5; i++) { /* BER as the outer one is seen by pe_image.c */
        const SignaturePlan broken = {.flaw = cases[i].flaw};

        sign_pair(&scene, &broken, &good);
        assert_verdict(&scene, AUTHENTICODE_INVALID, cases[i].code);
    }
}

static void a_nested_signature_over_another_program_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_PE_FILE PeFile other = pe_build(&(PePlan){.seed = 77});
    const X509 *const extra[] = {scene.authority.intermediate.certificate, NULL};
    const SignaturePlan plan = {.signer = &scene.authority.signer, .extra = extra};
    CLEANUP_TEXT Text foreign = {0};
    const Text *const nested[] = {&foreign, NULL};

    (void)state;
    signature_make(&other, &plan, &foreign);
    scene_sign(&scene, &(SignaturePlan){.nested = nested});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-mismatch");
    assert_non_null(strstr(scene.verdict.reason, "signature 2 of 2 (nested)"));
}

/* A digest that we do not know cannot be shown to be wrong: it does not count, and that is all. */
static void a_nested_signature_of_the_future_does_not_count_and_does_no_harm(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan plan = {.role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048};
    CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.intermediate);
    const SignaturePlan unknown = {.signer = &signer, .digest = "SHA3-256"};

    (void)state;
    sign_pair(&scene, &good, &unknown);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.counted, 0);
    scene_sign(&scene, &unknown);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "digest-unknown");
}

static void more_signatures_than_are_looked_at_are_refused(void **state)
{
    const SignaturePlan *const seven[] = {&good, &good, &good, &good, &good, &good, &good, NULL};
    const SignaturePlan *const eight[] = {&good, &good, &good, &good, &good,
                                          &good, &good, &good, NULL};
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    sign_nested(&scene, &good, seven);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.signatures, 8);
    sign_nested(&scene, &good, eight);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "too-many");
}

/* A signature with `depth` more inside, one in the other. */
static void sign_deep(VerdictScene *scene, int depth)
{
    Text inner = scene_nested(scene, &good);

    for (int i = 1; i < depth; i++) {
        const Text *const nested[] = {&inner, NULL};
        Text outer = scene_nested(scene, &(SignaturePlan){.nested = nested});

        text_free(&inner);
        inner = outer;
    }
    {
        const Text *const nested[] = {&inner, NULL};

        scene_sign(scene, &(SignaturePlan){.nested = nested});
    }
    text_free(&inner);
}

static void signatures_nested_deeper_than_is_looked_at_are_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();

    (void)state;
    sign_deep(&scene, 3);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.signatures, 4);
    sign_deep(&scene, 4);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "too-many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_good_signatures_the_outer_one_counts),
        cmocka_unit_test(a_nested_sha_256_signature_counts_where_the_outer_one_is_sha_1),
        cmocka_unit_test(an_outer_sha_1_signature_alone_is_refused),
        cmocka_unit_test(a_nested_signature_counts_where_the_outer_one_is_not_trusted),
        cmocka_unit_test(where_none_meets_the_policy_the_one_that_came_nearest_is_reported),
        cmocka_unit_test(a_broken_signature_refuses_the_file_wherever_it_stands),
        cmocka_unit_test(a_nested_signature_over_another_program_is_refused),
        cmocka_unit_test(a_nested_signature_of_the_future_does_not_count_and_does_no_harm),
        cmocka_unit_test(more_signatures_than_are_looked_at_are_refused),
        cmocka_unit_test(signatures_nested_deeper_than_is_looked_at_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
