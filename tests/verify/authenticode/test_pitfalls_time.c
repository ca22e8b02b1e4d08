/* Tests of authenticode_check() with all its parts: what a proof of time, or the want of one, means
 * for the verdict. Each row has its source in verify-rules.md, section 4, or beside it. */
#include "tests/verify/authenticode/time_scene.h"

/* ---- the signer's certificate has ended ---- */

static void a_timestamp_keeps_a_signature_alive(void **state)
{
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &scene.authority.tsa};

        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
        assert_int_equal(scene.verdict.time_ms, TEST_SIGNED_MS);
        assert_int_equal(scene.verdict.valid_until_ms, ENDED_MS);
        assert_string_equal(scene.verdict.tsa, "Example Timestamps");
    }
}

static void without_a_timestamp_a_signature_ends_with_its_certificate(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};
    CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);

    (void)state;
    sign_by(&scene, &signer, NULL);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
    /* The signer's own word proves nothing. */
    scene_sign(&scene, &(SignaturePlan){.signer = &signer, .signing_time_ms = TEST_SIGNED_MS});
    assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
    assert_int_equal(scene.verdict.time_source, TIME_NOW);
}

/* Every flaw there is, of both kinds: none of them may turn "expired" into "valid". */
static void no_flawed_timestamp_keeps_a_signature_alive(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};
    CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);

    (void)state;
    for (int flaw = STAMP_GOOD + 1; flaw <= STAMP_UNSIGNED_TIME; flaw++) {
        for (size_t i = 0; i < KINDS; i++) {
            const TimestampPlan stamp = {
                .kind = kinds[i], .tsa = &scene.authority.tsa, .flaw = (TimestampFlaw)flaw};

            if (!timestamp_flaw_applies(kinds[i], (TimestampFlaw)flaw))
                continue;
            sign_by(&scene, &signer, &stamp);
            assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
            assert_non_null(strstr(scene.verdict.note, "its timestamp does not count"));
        }
    }
}

static void an_authority_that_is_not_believed_keeps_nothing_alive(void **state)
{
    static const CertificatePlan rows[] = {
        {.role = ROLE_SIGNER                           }, /* a certificate for code */
        { .role = ROLE_TSA,                                     .eku = ""},
        { .role = ROLE_TSA,  .not_after_ms = TEST_SIGNED_MS - TEST_DAY_MS},
        { .role = ROLE_TSA, .not_before_ms = TEST_SIGNED_MS + TEST_DAY_MS},
    };
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};

    (void)state;
    for (size_t i = 0; i < KINDS * sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        CLEANUP_IDENTITY
        Identity tsa = identity_make(&rows[i / KINDS], &scene.authority.tsa_root);
        const TimestampPlan stamp = {.kind = kinds[i % KINDS], .tsa = &tsa};

        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
    }
}

static void a_signer_who_stamps_himself_keeps_nothing_alive(void **state)
{
    const CertificatePlan both_uses = {
        .role = ROLE_SIGNER, .not_after_ms = ENDED_MS, .eku = "codeSigning,timeStamping"};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &both_uses);
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &signer};

        /* Even where the root for code is the root for time. */
        text_list_free(&scene.tsa_ca);
        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
        assert_non_null(strstr(scene.verdict.note, "stamped his own"));
    }
}

/* ---- the signer's certificate is in force ---- */

static void a_signature_in_time_needs_a_timestamp_only_if_asked_for(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const TimestampPlan good = {.tsa = &scene.authority.tsa};
    const TimestampPlan bad = {.tsa = &scene.authority.tsa, .flaw = STAMP_SIGNATURE_VALUE};
    const struct {
        const TimestampPlan *stamp;
        bool required;
        const char *code;
    } rows[] = {
        {NULL,  false, "ok"          },
        {&bad,  false, "ok"          }, /* a timestamp that fails is none, no more */
        {&good, false, "ok"          },
        {NULL,  true,  "no-timestamp"},
        {&bad,  true,  "no-timestamp"},
        {&good, true,  "ok"          },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool good_one = strcmp(rows[i].code, "ok") == 0;

        scene.options.require_timestamp = rows[i].required;
        sign_by(&scene, &scene.authority.signer, rows[i].stamp);
        assert_verdict(&scene, good_one ? AUTHENTICODE_VALID : AUTHENTICODE_INVALID, rows[i].code);
        assert_int_equal(scene.verdict.time_source,
                         rows[i].stamp == &good ? TIME_RFC3161 : TIME_NOW);
    }
}

static void a_time_outside_the_signers_life_refuses_the_signature(void **state)
{
    static const int64_t times[] = {TEST_NOT_BEFORE - TEST_DAY_MS, ENDED_MS + TEST_DAY_MS};
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};
    const CertificatePlan old_tsa = {.role = ROLE_TSA,
                                     .not_before_ms = TEST_NOT_BEFORE - 30 * TEST_DAY_MS};
    const CertificatePlan old_root = {.role = ROLE_ROOT,
                                      .not_before_ms = TEST_NOT_BEFORE - 30 * TEST_DAY_MS};

    (void)state;
    for (size_t i = 0; i < KINDS * 2; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        CLEANUP_IDENTITY Identity root = identity_make(&old_root, NULL);
        CLEANUP_IDENTITY Identity tsa = identity_make(&old_tsa, &root);
        const TimestampPlan stamp = {
            .kind = kinds[i % KINDS], .tsa = &tsa, .time_ms = times[i / KINDS]};

        text_list_free(&scene.tsa_ca);
        scene_add(&scene.tsa_ca, scene_write_anchor(&scene, "old.pem", &root));
        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_INVALID, "time-outside");
    }
}

static void a_time_still_to_come_is_as_no_timestamp(void **state)
{
    const CertificatePlan ends_soon = {.role = ROLE_SIGNER,
                                       .not_after_ms = TEST_NOW_MS + TEST_DAY_MS + 1000};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ends_soon);
        const TimestampPlan stamp = {
            .kind = kinds[i], .tsa = &scene.authority.tsa, .time_ms = TEST_NOW_MS + TEST_DAY_MS};

        sign_by(&scene, &signer, &stamp);
        scene.options.require_timestamp = true;
        assert_verdict(&scene, AUTHENTICODE_INVALID, "no-timestamp");
        /* The same signature, looked at when that time has come. */
        scene.options.at_ms = TEST_NOW_MS + 2 * TEST_DAY_MS;
        assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    }
}

/* ---- the certificates around ---- */

/* TSA certificate expired today, valid at genTime: Windows and osslsigncode agree. */
static void an_authority_may_have_ended_since(void **state)
{
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};
    const CertificatePlan ended_tsa = {.role = ROLE_TSA, .not_after_ms = ENDED_MS};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        CLEANUP_IDENTITY Identity tsa = identity_make(&ended_tsa, &scene.authority.tsa_root);
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &tsa};

        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    }
}

/* The whole chain is judged as of the time that is proven. */
static void an_intermediate_may_have_ended_since_but_not_before(void **state)
{
    const struct {
        int64_t ended_ms;
        AuthenticodeStatus status;
        const char *code;
    } rows[] = {
        {ENDED_MS,                     AUTHENTICODE_VALID,   "ok"     },
        {TEST_SIGNED_MS - TEST_DAY_MS, AUTHENTICODE_INVALID, "expired"},
    };
    const CertificatePlan plan = {.role = ROLE_SIGNER};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const CertificatePlan ended = {.role = ROLE_INTERMEDIATE, .not_after_ms = rows[i].ended_ms};
        CLEANUP_IDENTITY Identity between = identity_make(&ended, &scene.authority.root);
        CLEANUP_IDENTITY Identity signer = identity_make(&plan, &between);
        const X509 *const extra[] = {between.certificate, NULL};
        const TimestampPlan stamp = {.tsa = &scene.authority.tsa};
        const TimestampPlan *const stamps[] = {&stamp, NULL};

        scene_sign(&scene,
                   &(SignaturePlan){.signer = &signer, .extra = extra, .timestamps = stamps});
        assert_verdict(&scene, rows[i].status, rows[i].code);
    }
}

/* 1.3.6.1.4.1.311.10.3.13: osslsigncode accepts these [run]; Windows does not. */
static void a_lifetime_signature_ends_whatever_a_timestamp_says(void **state)
{
    const struct {
        int64_t until_ms;
        bool stamped;
        AuthenticodeStatus status;
        const char *code;
    } rows[] = {
        {ENDED_MS,       true,  AUTHENTICODE_INVALID, "expired"},
        {ENDED_MS,       false, AUTHENTICODE_INVALID, "expired"},
        {TEST_NOT_AFTER, true,  AUTHENTICODE_VALID,   "ok"     },
        {TEST_NOT_AFTER, false, AUTHENTICODE_VALID,   "ok"     },
    };

    (void)state;
    for (size_t i = 0; i < KINDS * sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        const CertificatePlan plan = {.role = ROLE_SIGNER,
                                      .not_after_ms = rows[i / KINDS].until_ms,
                                      .eku = "codeSigning," OID_LIFETIME_SIGNING};
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &plan);
        const TimestampPlan stamp = {.kind = kinds[i % KINDS], .tsa = &scene.authority.tsa};

        sign_by(&scene, &signer, rows[i / KINDS].stamped ? &stamp : NULL);
        assert_verdict(&scene, rows[i / KINDS].status, rows[i / KINDS].code);
    }
}

/* ---- weak digests ---- */

/* Code of before 2016: a SHA-1 countersignature over a SHA-1 signature. */
static void an_old_timestamp_counts_only_where_sha1_is_allowed(void **state)
{
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_SCENE VerdictScene scene = scene_open();
        CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
        const TimestampPlan stamp = {
            .kind = kinds[i], .tsa = &scene.authority.tsa, .digest = "SHA1"};

        sign_by(&scene, &signer, &stamp);
        assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
        scene.options.allow_sha1 = true;
        assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    }
}

/* ---- several signatures ---- */

/* Each signature has its own: what is proven of one says nothing of another. */
static void a_timestamp_counts_only_for_the_signature_that_it_stamps(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    const CertificatePlan ended = {.role = ROLE_SIGNER, .not_after_ms = ENDED_MS};
    CLEANUP_IDENTITY Identity signer = make_signer(&scene, &ended);
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa};
    const TimestampPlan *const stamps[] = {&stamp, NULL};
    const SignaturePlan plain = {.signer = &signer};
    const SignaturePlan stamped = {.signer = &signer, .timestamps = stamps};
    CLEANUP_TEXT Text plain_inside = scene_nested(&scene, &plain);
    CLEANUP_TEXT Text stamped_inside = scene_nested(&scene, &stamped);
    const Text *const inner_plain[] = {&plain_inside, NULL};
    const Text *const inner_stamped[] = {&stamped_inside, NULL};
    SignaturePlan outer = stamped;

    (void)state;
    outer.nested = inner_plain;
    scene_sign(&scene, &outer);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.counted, 0);
    outer = plain;
    outer.nested = inner_stamped;
    scene_sign(&scene, &outer);
    assert_verdict(&scene, AUTHENTICODE_VALID, "ok");
    assert_int_equal(scene.verdict.counted, 1);
    outer.nested = inner_plain;
    scene_sign(&scene, &outer);
    assert_verdict(&scene, AUTHENTICODE_INVALID, "expired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timestamp_keeps_a_signature_alive),
        cmocka_unit_test(without_a_timestamp_a_signature_ends_with_its_certificate),
        cmocka_unit_test(no_flawed_timestamp_keeps_a_signature_alive),
        cmocka_unit_test(an_authority_that_is_not_believed_keeps_nothing_alive),
        cmocka_unit_test(a_signer_who_stamps_himself_keeps_nothing_alive),
        cmocka_unit_test(a_signature_in_time_needs_a_timestamp_only_if_asked_for),
        cmocka_unit_test(a_time_outside_the_signers_life_refuses_the_signature),
        cmocka_unit_test(a_time_still_to_come_is_as_no_timestamp),
        cmocka_unit_test(an_authority_may_have_ended_since),
        cmocka_unit_test(an_intermediate_may_have_ended_since_but_not_before),
        cmocka_unit_test(a_lifetime_signature_ends_whatever_a_timestamp_says),
        cmocka_unit_test(an_old_timestamp_counts_only_where_sha1_is_allowed),
        cmocka_unit_test(a_timestamp_counts_only_for_the_signature_that_it_stamps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
