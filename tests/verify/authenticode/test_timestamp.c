/* Tests of verify/authenticode/timestamp.c and what it is made of: each way in which a timestamp
 * can fail is a case with its code. The rows come from RFC 3161, RFC 5652, RFC 2985 and from what
 * has been done to real signatures; none of them may ever pass for a proof of time. */
#include "tests/verify/authenticode/stamp_scene.h"
#include "verify/authenticode/token.h"

/* ---- good ones ---- */

#define GOOD_TOKEN(...)                                                                            \
    {                                                                                              \
        .kind = STAMP_RFC3161, __VA_ARGS__                                                         \
    }

static void a_token_of_a_trusted_authority_proves_the_time(void **state)
{
    static const TimestampPlan rows[] = {
        GOOD_TOKEN(.flaw = STAMP_GOOD),
        GOOD_TOKEN(.ess_v1 = true),
        GOOD_TOKEN(.ess = "SHA512"),
        GOOD_TOKEN(.attribute_certificate = true), /* as Microsoft's own */
        GOOD_TOKEN(.digest = "SHA384", .imprint = "SHA256"),
        GOOD_TOKEN(.digest = "SHA256", .imprint = "SHA512"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        TimestampPlan stamp = rows[i];
        const Timestamp *answer = NULL;

        stamp.tsa = &scene.authority.tsa;
        answer = stamp_scene_ask_about(&scene, &stamp);
        assert_stamp(answer, "ok");
        assert_int_equal(answer->source, TIME_RFC3161);
        assert_int_equal(answer->time_ms, TEST_SIGNED_MS);
        assert_string_equal(answer->tsa, "Example Timestamps");
    }
}

static void a_countersignature_of_a_trusted_authority_proves_the_time(void **state)
{
    static const char *const digests[] = {"SHA256", "SHA512"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        const TimestampPlan stamp = {
            .kind = STAMP_COUNTERSIGNATURE, .tsa = &scene.authority.tsa, .digest = digests[i]};
        const Timestamp *answer = stamp_scene_ask_about(&scene, &stamp);

        assert_stamp(answer, "ok");
        assert_int_equal(answer->source, TIME_COUNTERSIGNATURE);
        assert_int_equal(answer->time_ms, TEST_SIGNED_MS);
        assert_string_equal(answer->tsa, "Example Timestamps");
    }
}

static void a_time_may_have_a_fraction_of_a_second(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa, .fraction = true};

    (void)state;
    assert_stamp(stamp_scene_ask_about(&scene, &stamp), "ok");
    assert_int_equal(scene.answer.time_ms, TEST_SIGNED_MS + 250);
}

static void an_rsa_authority_behind_an_intermediate_is_believed(void **state)
{
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
    const CertificatePlan between_plan = {.role = ROLE_INTERMEDIATE};
    const CertificatePlan tsa_plan = {.role = ROLE_TSA, .key = TEST_KEY_RSA_2048};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY
        Identity between = identity_make(&between_plan, &scene.authority.tsa_root);
        CLEANUP_IDENTITY Identity tsa = identity_make(&tsa_plan, &between);
        const X509 *const extra[] = {between.certificate, NULL};
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &tsa, .extra = extra};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), "ok");
    }
}

/* Row of verify-rules.md: TSA certificate expired today, valid at genTime. */
static void an_authority_that_has_expired_since_is_believed(void **state)
{
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
    const CertificatePlan plan = {.role = ROLE_TSA, .not_after_ms = TEST_NOW_MS - TEST_DAY_MS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity tsa = identity_make(&plan, &scene.authority.tsa_root);
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &tsa};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), "ok");
    }
}

/* RFC 3161, 2.4.1: a TSA leaves its certificate out unless it is asked for it. */
static void a_token_may_use_a_certificate_of_the_signature_around_it(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa, .flaw = STAMP_NO_CERTIFICATE};
    const TimestampPlan *const stamps[] = {&stamp, NULL};
    const X509 *const extra[] = {scene.authority.tsa.certificate, NULL};
    const SignaturePlan plan = {
        .signer = &scene.authority.signer, .extra = extra, .timestamps = stamps};

    (void)state;
    assert_stamp(stamp_scene_ask(&scene, &plan), "ok");
}

/* ---- what is wrong with the message ---- */

typedef struct FlawRow {
    TimestampKind kind;
    TimestampFlaw flaw;
    const char *code;
} FlawRow;

#define TOKEN(flaw, code)                                                                          \
    {                                                                                              \
        STAMP_RFC3161, flaw, code                                                                  \
    }
#define COUNTERSIGNATURE(flaw, code)                                                               \
    {                                                                                              \
        STAMP_COUNTERSIGNATURE, flaw, code                                                         \
    }

static void a_timestamp_with_a_flaw_is_none(void **state)
{
    static const FlawRow rows[] = {
        TOKEN(STAMP_OTHER_SIGNATURE, "imprint-mismatch"),
        TOKEN(STAMP_IMPRINT_TRUNCATED, "imprint-mismatch"), /* compared in its full length */
        TOKEN(STAMP_SIGNATURE_VALUE, "signature-wrong"),
        TOKEN(STAMP_MESSAGE_DIGEST, "signature-wrong"), /* RFC 5652, 5.6 */
        TOKEN(STAMP_NO_MESSAGE_DIGEST, "signature-wrong"),
        TOKEN(STAMP_NO_ATTRIBUTES, "attributes"),
        TOKEN(STAMP_CONTENT_TYPE, "attributes"), /* RFC 5652, 11.1: equal to eContentType */
        TOKEN(STAMP_NO_CERTIFICATE, "certificate-missing"),
        TOKEN(STAMP_CONTENT_OID, "content-type"),
        TOKEN(STAMP_DETACHED, "detached"),
        TOKEN(STAMP_NO_ESS, "signing-certificate"), /* RFC 3161, 2.4.2 */
        TOKEN(STAMP_ESS_OTHER, "signing-certificate"),
        TOKEN(STAMP_ESS_SECOND_OTHER, "signing-certificate"), /* RFC 5816, 2.2.1: both count */
        TOKEN(STAMP_ESS_TWICE, "signature-wrong"),            /* RFC 5035, 5.4: at most one */
        TOKEN(STAMP_TWO_SIGNERS, "signer-count"),             /* RFC 3161, 2.4.2: only the TSA's */
        TOKEN(STAMP_VERSION_2, "malformed"),
        TOKEN(STAMP_LOCAL_TIME, "time-malformed"), /* RFC 3161, 2.4.2: "Z" */
        TOKEN(STAMP_TRAILING_BYTES, "trailing-data"),
        TOKEN(STAMP_CRITICAL_EXTENSION, "critical-extension"), /* RFC 3161, 2.4.2 */
        TOKEN(STAMP_GARBAGE, "malformed"),
        COUNTERSIGNATURE(STAMP_OTHER_SIGNATURE, "imprint-mismatch"),
        COUNTERSIGNATURE(STAMP_SIGNATURE_VALUE, "signature-wrong"),
        COUNTERSIGNATURE(STAMP_MESSAGE_DIGEST, "imprint-mismatch"),
        COUNTERSIGNATURE(STAMP_NO_MESSAGE_DIGEST, "attributes"),
        COUNTERSIGNATURE(STAMP_NO_ATTRIBUTES, "attributes"),
        COUNTERSIGNATURE(STAMP_CONTENT_TYPE, "attributes"), /* a signature for another use */
        COUNTERSIGNATURE(STAMP_NO_CERTIFICATE, "certificate-missing"),
        COUNTERSIGNATURE(STAMP_NO_SIGNING_TIME, "attributes"),
        COUNTERSIGNATURE(STAMP_UNSIGNED_TIME, "attributes"), /* anybody can write that one */
        COUNTERSIGNATURE(STAMP_GARBAGE, "malformed"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        const TimestampPlan stamp = {
            .kind = rows[i].kind, .tsa = &scene.authority.tsa, .flaw = rows[i].flaw};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), rows[i].code);
        assert_true(scene.answer.present);
        assert_int_equal(scene.answer.time_ms, 0);
    }
}

static void a_signature_without_a_timestamp_has_none(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    /* What the signer himself says proves nothing. */
    const SignaturePlan plan = {.signer = &scene.authority.signer,
                                .signing_time_ms = TEST_SIGNED_MS};

    (void)state;
    assert_stamp(stamp_scene_ask(&scene, &plan), "no-timestamp");
    assert_false(scene.answer.present);
    assert_int_equal(scene.answer.time_ms, 0);
}

/* ---- digests ---- */

typedef struct DigestRow {
    TimestampKind kind;
    const char *digest, *imprint;
    bool allow_sha1;
    const char *code;
} DigestRow;

static void a_timestamp_over_a_weak_digest_is_none_unless_allowed(void **state)
{
    static const DigestRow rows[] = {
        {STAMP_RFC3161,          "SHA256", "SHA1",   false, "weak-digest"   },
        {STAMP_RFC3161,          "SHA1",   "SHA256", false, "weak-digest"   },
        {STAMP_RFC3161,          "SHA1",   "SHA1",   true,  "ok"            },
        {STAMP_RFC3161,          "SHA256", "MD5",    true,  "weak-digest"   },
        {STAMP_RFC3161,          "MD5",    "SHA256", true,  "weak-digest"   },
        {STAMP_RFC3161,          "SHA256", "SHA224", true,  "digest-unknown"},
        {STAMP_COUNTERSIGNATURE, "SHA1",   NULL,     false, "weak-digest"   },
        {STAMP_COUNTERSIGNATURE, "SHA1",   NULL,     true,  "ok"            },
        {STAMP_COUNTERSIGNATURE, "MD5",    NULL,     true,  "weak-digest"   },
    };
    const CertificatePlan rsa = {.role = ROLE_TSA, .key = TEST_KEY_RSA_2048};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity tsa = identity_make(&rsa, &scene.authority.tsa_root);
        const TimestampPlan stamp = {.kind = rows[i].kind,
                                     .tsa = &tsa,
                                     .digest = rows[i].digest,
                                     .imprint = rows[i].imprint};

        scene.options.allow_sha1 = rows[i].allow_sha1;
        assert_stamp(stamp_scene_ask_about(&scene, &stamp), rows[i].code);
    }
}

/* ---- several ---- */

static void the_best_of_several_timestamps_counts(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const Identity *tsa = &scene.authority.tsa;
    const int64_t early_ms = TEST_SIGNED_MS - TEST_DAY_MS;
    const TimestampPlan bad = {.tsa = tsa, .flaw = STAMP_OTHER_SIGNATURE};
    const TimestampPlan two_values = {.tsa = tsa, .flaw = STAMP_TWO_VALUES};
    const TimestampPlan late = {.tsa = tsa};
    const TimestampPlan early = {.tsa = tsa, .time_ms = early_ms};
    const TimestampPlan old = {
        .kind = STAMP_COUNTERSIGNATURE, .tsa = tsa, .time_ms = early_ms - TEST_DAY_MS};
    const TimestampPlan *const bad_then_good[] = {&bad, &late, NULL};
    const TimestampPlan *const good_then_bad[] = {&late, &bad, NULL};
    const TimestampPlan *const good_beside_garbage[] = {&two_values, NULL};
    const TimestampPlan *const two_tokens[] = {&late, &early, NULL};
    const TimestampPlan *const both_kinds[] = {&old, &late, NULL};
    const TimestampPlan *const old_beside_bad[] = {&bad, &old, NULL};
    const struct {
        const TimestampPlan *const *stamps;
        TimeSource source;
        int64_t time_ms;
    } rows[] = {
        {bad_then_good,       TIME_RFC3161,          TEST_SIGNED_MS        },
        {good_then_bad,       TIME_RFC3161,          TEST_SIGNED_MS        },
        {good_beside_garbage, TIME_RFC3161,          TEST_SIGNED_MS        },
        {two_tokens,          TIME_RFC3161,          early_ms              },
        {both_kinds,          TIME_RFC3161,          TEST_SIGNED_MS        },
        {old_beside_bad,      TIME_COUNTERSIGNATURE, early_ms - TEST_DAY_MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const SignaturePlan plan = {.signer = &scene.authority.signer,
                                    .timestamps = rows[i].stamps};

        assert_stamp(stamp_scene_ask(&scene, &plan), "ok");
        assert_int_equal(scene.answer.source, rows[i].source);
        assert_int_equal(scene.answer.time_ms, rows[i].time_ms);
    }
}

/* An attacker may add as many as he likes; each would cost us a chain. */
static void timestamps_beyond_the_eighth_are_not_looked_at(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    /* A SET is sorted by DER: garbage is shorter, so it stands before the good one. */
    const TimestampPlan garbage = {.tsa = &scene.authority.tsa, .flaw = STAMP_GARBAGE};
    const TimestampPlan good = {.tsa = &scene.authority.tsa};
    const TimestampPlan *const eighth[] = {&garbage, &garbage, &garbage, &garbage, &garbage,
                                           &garbage, &garbage, &good,    NULL};
    const TimestampPlan *const ninth[] = {&garbage, &garbage, &garbage, &garbage, &garbage,
                                          &garbage, &garbage, &garbage, &good,    NULL};
    SignaturePlan plan = {.signer = &scene.authority.signer, .timestamps = eighth};

    (void)state;
    assert_stamp(stamp_scene_ask(&scene, &plan), "ok");
    plan.timestamps = ninth;
    assert_stamp(stamp_scene_ask(&scene, &plan), "malformed");
}

static void a_token_with_too_many_certificates_is_none(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const X509 *extra[TOKEN_CERTIFICATES_MOST + 1] = {NULL};
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa, .extra = extra};

    (void)state;
    for (int i = 0; i + 1 < TOKEN_CERTIFICATES_MOST; i++)
        extra[i] = scene.authority.tsa_root.certificate;
    assert_stamp(stamp_scene_ask_about(&scene, &stamp), "ok");
    extra[TOKEN_CERTIFICATES_MOST - 1] = scene.authority.tsa_root.certificate;
    assert_stamp(stamp_scene_ask_about(&scene, &stamp), "too-many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_a_trusted_authority_proves_the_time),
        cmocka_unit_test(a_countersignature_of_a_trusted_authority_proves_the_time),
        cmocka_unit_test(a_time_may_have_a_fraction_of_a_second),
        cmocka_unit_test(an_rsa_authority_behind_an_intermediate_is_believed),
        cmocka_unit_test(an_authority_that_has_expired_since_is_believed),
        cmocka_unit_test(a_token_may_use_a_certificate_of_the_signature_around_it),
        cmocka_unit_test(a_timestamp_with_a_flaw_is_none),
        cmocka_unit_test(a_signature_without_a_timestamp_has_none),
        cmocka_unit_test(a_timestamp_over_a_weak_digest_is_none_unless_allowed),
        cmocka_unit_test(the_best_of_several_timestamps_counts),
        cmocka_unit_test(timestamps_beyond_the_eighth_are_not_looked_at),
        cmocka_unit_test(a_token_with_too_many_certificates_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
