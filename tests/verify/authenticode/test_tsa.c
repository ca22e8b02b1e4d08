/* Tests of verify/authenticode/tsa.c: who may say when a signature was made, and which times can
 * be. Asked through timestamp_check(), for both kinds of timestamp. */
#include "tests/verify/authenticode/stamp_scene.h"

/* ---- the authority ---- */

static void an_authority_named_by_md5_is_not_believed(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const TimestampPlan stamp = {.tsa = &scene.authority.tsa, .ess = "MD5"};

    (void)state;
    assert_stamp(stamp_scene_ask_about(&scene, &stamp), "signing-certificate");
}

typedef struct AuthorityRow {
    TimestampKind kind;
    CertificatePlan tsa;
    const char *code;
} AuthorityRow;

#define TOKEN_OF(code, ...)                                                                        \
    {                                                                                              \
        STAMP_RFC3161, {.role = ROLE_TSA, __VA_ARGS__}, code                                       \
    }
#define COUNTERSIGNATURE_OF(code, ...)                                                             \
    {                                                                                              \
        STAMP_COUNTERSIGNATURE, {.role = ROLE_TSA, __VA_ARGS__}, code                              \
    }

static void an_authority_that_may_not_say_the_time_is_not_believed(void **state)
{
    static const AuthorityRow rows[] = {
        /* RFC 3161, 2.3: nothing but timeStamping; not critical is what Microsoft's own had. */
        TOKEN_OF("ok", .eku = "timeStamping"),
        TOKEN_OF("tsa-eku", .eku = ""),
        TOKEN_OF("tsa-eku", .eku = "critical,codeSigning"),
        TOKEN_OF("tsa-eku", .eku = "critical,anyExtendedKeyUsage"),
        TOKEN_OF("tsa-eku", .eku = "critical,timeStamping,codeSigning"),
        TOKEN_OF("tsa-eku", .eku = "timeStamping,anyExtendedKeyUsage"),
        COUNTERSIGNATURE_OF("tsa-untrusted", .eku = ""),
        COUNTERSIGNATURE_OF("tsa-untrusted", .eku = "codeSigning"),
        COUNTERSIGNATURE_OF("ok", .eku = "timeStamping"),
        COUNTERSIGNATURE_OF("ok", .eku = "timeStamping,codeSigning"),
        TOKEN_OF("tsa-untrusted", .key_usage = "critical,keyEncipherment"),
        COUNTERSIGNATURE_OF("tsa-untrusted", .key_usage = "critical,keyEncipherment"),
        /* Valid at the time stated, not only today. */
        TOKEN_OF("tsa-untrusted", .not_after_ms = TEST_SIGNED_MS - TEST_DAY_MS),
        COUNTERSIGNATURE_OF("tsa-untrusted", .not_after_ms = TEST_SIGNED_MS - TEST_DAY_MS),
        TOKEN_OF("tsa-untrusted", .not_before_ms = TEST_SIGNED_MS + TEST_DAY_MS),
        COUNTERSIGNATURE_OF("tsa-untrusted", .not_before_ms = TEST_SIGNED_MS + TEST_DAY_MS),
        TOKEN_OF("tsa-untrusted", .key = TEST_KEY_RSA_1024),
        TOKEN_OF("tsa-untrusted", .key = TEST_KEY_P256_EXPLICIT), /* CVE-2020-0601 */
        TOKEN_OF("tsa-untrusted", .digest = "SHA1"),
        COUNTERSIGNATURE_OF("tsa-untrusted", .digest = "SHA1"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity tsa = identity_make(&rows[i].tsa, &scene.authority.tsa_root);
        const TimestampPlan stamp = {.kind = rows[i].kind, .tsa = &tsa};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), rows[i].code);
    }
}

static void an_authority_under_an_unknown_root_is_not_believed(void **state)
{
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
    const CertificatePlan root_plan = {.role = ROLE_ROOT, .name = "Nobody's Root"};
    const CertificatePlan plan = {.role = ROLE_TSA};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity root = identity_make(&root_plan, NULL);
        CLEANUP_IDENTITY Identity tsa = identity_make(&plan, &root);
        const X509 *const extra[] = {root.certificate, NULL};
        const TimestampPlan stamp = {.kind = kinds[i], .tsa = &tsa, .extra = extra};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), "tsa-untrusted");
        assert_non_null(strstr(scene.answer.reason, "Nobody's Root"));
    }
}

/* The anchors for code are not anchors for time where both are named. */
static void an_authority_under_the_root_for_code_is_not_believed(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    const CertificatePlan plan = {.role = ROLE_TSA};
    CLEANUP_IDENTITY Identity tsa = identity_make(&plan, &scene.authority.root);
    const TimestampPlan stamp = {.tsa = &tsa};

    (void)state;
    assert_stamp(stamp_scene_ask_about(&scene, &stamp), "tsa-untrusted");
}

/* One certificate for both uses, or two for one key: a signer who says when he signed. */
static void a_signer_is_not_his_own_authority(void **state)
{
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
    const CertificatePlan signer_plan = {
        .role = ROLE_SIGNER, .key = TEST_KEY_RSA_2048, .eku = "codeSigning,timeStamping"};
    const CertificatePlan tsa_plan = {.role = ROLE_TSA, .key = TEST_KEY_RSA_2048};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity signer = identity_make(&signer_plan, &scene.authority.tsa_root);
        CLEANUP_IDENTITY Identity same_key = identity_make(&tsa_plan, &scene.authority.tsa_root);
        const TimestampPlan by_himself = {.kind = kinds[i], .tsa = &signer};
        const TimestampPlan by_his_key = {.kind = kinds[i], .tsa = &same_key};
        const TimestampPlan *const first[] = {&by_himself, NULL};
        const TimestampPlan *const second[] = {&by_his_key, NULL};
        SignaturePlan plan = {.signer = &signer, .timestamps = first};

        assert_stamp(stamp_scene_ask(&scene, &plan), "tsa-is-signer");
        plan.timestamps = second;
        assert_stamp(stamp_scene_ask(&scene, &plan), "tsa-is-signer");
    }
}

/* ---- the time ---- */

typedef struct TimeRow {
    int64_t time_ms;
    const char *code;
} TimeRow;

static void a_time_must_be_one_at_which_the_signer_could_sign(void **state)
{
    static const int64_t from_ms = TEST_NOW_MS - 100 * TEST_DAY_MS;
    static const int64_t until_ms = TEST_NOW_MS - 10 * TEST_DAY_MS;
    static const TimeRow rows[] = {
        {TEST_NOW_MS - 101 * TEST_DAY_MS,        "time-outside"},
        {TEST_NOW_MS - 100 * TEST_DAY_MS - 1000, "time-outside"},
        {TEST_NOW_MS - 100 * TEST_DAY_MS,        "ok"          },
        {TEST_NOW_MS - 10 * TEST_DAY_MS,         "ok"          },
        {TEST_NOW_MS - 10 * TEST_DAY_MS + 1000,  "time-outside"},
        {TEST_NOW_MS,                            "time-outside"},
    };
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
    const CertificatePlan plan = {
        .role = ROLE_SIGNER, .not_before_ms = from_ms, .not_after_ms = until_ms};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_IDENTITY Identity signer = identity_make(&plan, &scene.authority.root);
        const TimestampPlan stamp = {
            .kind = kinds[i % 2], .tsa = &scene.authority.tsa, .time_ms = rows[i / 2].time_ms};
        const TimestampPlan *const stamps[] = {&stamp, NULL};
        const SignaturePlan signature = {.signer = &signer, .timestamps = stamps};

        assert_stamp(stamp_scene_ask(&scene, &signature), rows[i / 2].code);
    }
}

static void a_time_that_is_still_to_come_proves_nothing(void **state)
{
    static const TimeRow rows[] = {
        {TEST_NOW_MS,                        "ok"            },
        {TEST_NOW_MS + 5 * 60 * 1000,        "ok"            }, /* clocks differ */
        {TEST_NOW_MS + 5 * 60 * 1000 + 1000, "time-in-future"},
        {TEST_NOW_MS + 30 * TEST_DAY_MS,     "time-in-future"},
    };
    static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        const TimestampPlan stamp = {
            .kind = kinds[i % 2], .tsa = &scene.authority.tsa, .time_ms = rows[i / 2].time_ms};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), rows[i / 2].code);
    }
}

/* The ends of what the two types can say: no arithmetic on them may go wrong. */
static void a_time_of_another_age_proves_nothing(void **state)
{
    static const struct {
        TimestampKind kind;
        int64_t time_ms;
        const char *code;
    } rows[] = {
        {STAMP_RFC3161,          -62135596800000, "tsa-untrusted" }, /* 0001-01-01T00:00:00Z */
        {STAMP_RFC3161,          253402300799000, "time-in-future"}, /* 9999-12-31T23:59:59Z */
        {STAMP_RFC3161,          -1000,           "tsa-untrusted" }, /* 1969-12-31T23:59:59Z */
        {STAMP_COUNTERSIGNATURE, -1000,           "tsa-untrusted" },
        {STAMP_COUNTERSIGNATURE, -631152000000,   "tsa-untrusted" }, /* 1950-01-01T00:00:00Z */
        {STAMP_COUNTERSIGNATURE, 2524607999000,   "time-in-future"}, /* 2049-12-31T23:59:59Z */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        const TimestampPlan stamp = {
            .kind = rows[i].kind, .tsa = &scene.authority.tsa, .time_ms = rows[i].time_ms};

        assert_stamp(stamp_scene_ask_about(&scene, &stamp), rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_named_by_md5_is_not_believed),
        cmocka_unit_test(an_authority_that_may_not_say_the_time_is_not_believed),
        cmocka_unit_test(an_authority_under_an_unknown_root_is_not_believed),
        cmocka_unit_test(an_authority_under_the_root_for_code_is_not_believed),
        cmocka_unit_test(a_signer_is_not_his_own_authority),
        cmocka_unit_test(a_time_must_be_one_at_which_the_signer_could_sign),
        cmocka_unit_test(a_time_that_is_still_to_come_proves_nothing),
        cmocka_unit_test(a_time_of_another_age_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
