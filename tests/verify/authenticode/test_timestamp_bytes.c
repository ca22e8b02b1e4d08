/* Tests of token_parse(), countersignature_parse() and what follows them on bytes that are hostile:
 * cut anywhere, or changed anywhere. Run under sanitizers too; tests/fuzz goes on from here. */
#include "tests/verify/authenticode/stamp_scene.h"
#include "tests/verify/mutate.h"
#include "verify/authenticode/countersignature.h"
#include "verify/authenticode/token.h"

DEFINE_CLEANUP(X509_ATTRIBUTE *, X509_ATTRIBUTE_free)

static const TimestampKind kinds[] = {STAMP_RFC3161, STAMP_COUNTERSIGNATURE};
enum { KINDS = 2, MUTATIONS = 3000 };

/* The value of the attribute: a ContentInfo or a SignerInfo. */
static Text make_bytes(const StampScene *scene, TimestampKind kind)
{
    const TimestampPlan plan = {.kind = kind, .tsa = &scene->authority.tsa};
    CLEANUP_TEXT Text signature = {0};
    CLEANUP_TEXT Text der = {0};
    CLEANUP(X509_ATTRIBUTE_free) X509_ATTRIBUTE *attribute = NULL;
    const unsigned char *at = NULL;
    const ASN1_STRING *value = NULL;
    Text out = {0};

    text_append(&signature, "a signature");
    timestamp_make(&plan, &signature, &der);
    at = (const unsigned char *)der.bytes;
    attribute = d2i_X509_ATTRIBUTE(NULL, &at, (long)der.length);
    value = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);
    assert_non_null(value);
    text_append_bytes(&out, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    return out;
}

/* Copied to the end of a block of their own, so that a sanitizer sees the first byte too many. */
static bool is_read(TimestampKind kind, const void *bytes, size_t length, Finding *finding)
{
    CLEANUP_TOKEN Token token = {0};
    CLEANUP(PKCS7_SIGNER_INFO_free) PKCS7_SIGNER_INFO *info = NULL;
    CLEANUP(free) char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    *finding = (Finding){0};
    if (kind == STAMP_RFC3161)
        return token_parse((const uint8_t *)copy, length, &token, finding);
    return countersignature_parse((const uint8_t *)copy, length, &info, finding);
}

static void a_timestamp_that_is_cut_anywhere_is_refused(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_TEXT Text bytes = make_bytes(&scene, kinds[i]);
        Finding finding;

        assert_true(is_read(kinds[i], bytes.bytes, bytes.length, &finding));
        for (size_t length = 0; length < bytes.length; length++) {
            assert_false(is_read(kinds[i], bytes.bytes, length, &finding));
            assert_int_equal(finding.code, CODE_MALFORMED);
        }
    }
}

static void a_timestamp_with_bytes_behind_it_is_refused(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_TEXT Text bytes = make_bytes(&scene, kinds[i]);
        Finding finding;

        text_append_bytes(&bytes, "", 1);
        assert_false(is_read(kinds[i], bytes.bytes, bytes.length, &finding));
        assert_int_equal(finding.code, CODE_TRAILING_DATA);
    }
}

static void a_timestamp_that_is_too_big_is_refused(void **state)
{
    static const size_t sizes[] = {TOKEN_SIZE_MOST, COUNTERSIGNATURE_SIZE_MOST};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP(free) char *bytes = calloc(1, sizes[i] + 1);
        Finding finding;

        assert_non_null(bytes);
        assert_false(is_read(kinds[i], bytes, sizes[i] + 1, &finding));
        assert_int_equal(finding.code, CODE_TOO_MANY);
        assert_false(is_read(kinds[i], bytes, sizes[i], &finding));
        assert_int_equal(finding.code, CODE_MALFORMED); /* it was looked at */
    }
}

static void a_timestamp_that_is_changed_anywhere_does_no_harm(void **state)
{
    CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
    Mutator mutator = {0x9e3779b97f4a7c15};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_TEXT Text good = make_bytes(&scene, kinds[i]);
        CLEANUP(free) uint8_t *bytes = malloc(good.length + 8);

        assert_non_null(bytes);
        for (int round = 0; round < MUTATIONS; round++) {
            size_t length = good.length;
            Finding finding;

            memcpy(bytes, good.bytes, good.length);
            for (uint64_t n = 1 + mutate_number(&mutator, 4); n > 0; n--)
                mutate_once(&mutator, bytes, &length);
            (void)is_read(kinds[i], bytes, length, &finding);
        }
    }
}

/* ---- no change makes it say another time ---- */

/* A signature that can be asked about its timestamp again and again. */
typedef struct Question {
    AuthenticodePolicy *policy;
    PKCS7 *message;
    const X509 *signer;
} Question;

static Question question_of(StampScene *scene, TimestampKind kind)
{
    const TimestampPlan stamp = {.kind = kind, .tsa = &scene->authority.tsa};
    const TimestampPlan *const stamps[] = {&stamp, NULL};
    const SignaturePlan plan = {.signer = &scene->authority.signer, .timestamps = stamps};
    Question question = {stamp_scene_policy(scene), NULL, plan.signer->certificate};
    CLEANUP_TEXT Text der = {0};
    const unsigned char *at = NULL;

    signature_make(&scene->file, &plan, &der);
    at = (const unsigned char *)der.bytes;
    question.message = d2i_PKCS7(NULL, &at, (long)der.length);
    assert_non_null(question.message);
    return question;
}

static void question_free(Question *question)
{
    authenticode_policy_free(question->policy);
    PKCS7_free(question->message);
}
#define CLEANUP_QUESTION __attribute__((cleanup(question_free)))

static PKCS7_SIGNER_INFO *signer_of(const Question *question)
{
    return sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(question->message), 0);
}

/* What the library hands out as const is its own copy, which a test may change. */
static unsigned char *stamp_of(const Question *question, size_t *length)
{
    X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(signer_of(question)->unauth_attr, 0);
    const ASN1_STRING *value = X509_ATTRIBUTE_get0_data(attribute, 0, V_ASN1_SEQUENCE, NULL);

    *length = (size_t)ASN1_STRING_length(value);
    return (unsigned char *)(uintptr_t)ASN1_STRING_get0_data(value);
}

/* Good, and it says what was said in the first place? Good and anything else fails the test. */
static bool still_says_the_same(const Question *question)
{
    const TimestampClaim claim = {signer_of(question), question->message->d.sign->cert,
                                  question->signer};
    Timestamp answer;
    Error err = {0};

    if (!timestamp_check(question->policy, &claim, &answer, &err))
        fail_msg("%s", err.message);
    if (!answer.good)
        return false;
    assert_int_equal(answer.time_ms, TEST_SIGNED_MS);
    assert_string_equal(answer.tsa, "Example Timestamps");
    return true;
}

/* A byte that nobody signs (a version, an announced digest) may be another, but then the time and
 * the authority are what they were. */
static void a_changed_timestamp_is_none_or_says_what_it_said(void **state)
{
    static const uint8_t masks[] = {0x01, 0x20, 0x80};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        CLEANUP_STAMP_SCENE StampScene scene = stamp_scene_open();
        CLEANUP_QUESTION Question question = question_of(&scene, kinds[i]);
        size_t length = 0;
        unsigned char *bytes = stamp_of(&question, &length);
        size_t refused = 0;

        for (size_t change = 0; change < sizeof masks * length; change++) {
            bytes[change % length] ^= masks[change / length];
            refused += !still_says_the_same(&question);
            bytes[change % length] ^= masks[change / length];
        }
        assert_true(refused > sizeof masks * length * 9 / 10);
        assert_true(still_says_the_same(&question)); /* all changes were taken back */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timestamp_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(a_timestamp_with_bytes_behind_it_is_refused),
        cmocka_unit_test(a_timestamp_that_is_too_big_is_refused),
        cmocka_unit_test(a_timestamp_that_is_changed_anywhere_does_no_harm),
        cmocka_unit_test(a_changed_timestamp_is_none_or_says_what_it_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
