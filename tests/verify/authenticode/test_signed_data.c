/* Tests of verify/authenticode/signed_data.c by itself: bytes that are no message at all. What a
 * message may not say is in test_signature_flaws.c. Source: RFC 2315 section 9.1; X.690. */
#include "verify/authenticode/signed_data.h"

#include "tests/verify/authenticode/verdict_scene.h"

static Text good_message(VerdictScene *scene)
{
    return scene_nested(scene, &(SignaturePlan){0});
}

static Code parse(const void *bytes, size_t length)
{
    uint8_t *exact = malloc(length + 1); /* of its own size, for the address sanitizer */
    CLEANUP_SIGNED_DATA SignedData parsed = {0};
    Finding finding = {0};
    bool good = false;

    assert_non_null(exact);
    memcpy(exact, bytes, length);
    good = signed_data_parse(exact, length, &parsed, &finding);
    assert_int_equal(good, finding.code == CODE_OK);
    assert_int_equal(finding.failed, ERR_NONE);
    free(exact);
    return finding.code;
}

static void a_message_is_taken_apart(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_TEXT Text message = good_message(&scene);
    CLEANUP_SIGNED_DATA SignedData parsed = {0};
    Finding finding = {0};

    (void)state;
    assert_true(
        signed_data_parse((const uint8_t *)message.bytes, message.length, &parsed, &finding));
    assert_string_equal(parsed.digest_name, "sha256");
    assert_int_equal(sk_X509_num(parsed.certificates), 2);
    assert_int_equal(parsed.indirect.digest_length, 32);
    assert_int_equal(parsed.content[0], 0x30);
}

static void what_follows_a_message_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_TEXT Text message = good_message(&scene);

    (void)state;
    text_append_bytes(&message, "\0", 1); /* a zero, too: filling is pe_image.c's affair */
    assert_int_equal(parse(message.bytes, message.length), CODE_TRAILING_DATA);
}

static void every_cut_of_a_message_is_refused(void **state)
{
    CLEANUP_SCENE VerdictScene scene = scene_open();
    CLEANUP_TEXT Text message = good_message(&scene);

    (void)state;
    for (size_t length = 0; length < message.length; length++)
        assert_int_equal(parse(message.bytes, length), CODE_MALFORMED);
}

typedef struct BytesCase {
    const char *name;
    const char *bytes;
    size_t length;
    Code code;
} BytesCase;

#define ROW(name, bytes, code)                                                                     \
    {                                                                                              \
        name, bytes, sizeof bytes - 1, code                                                        \
    }

static void bytes_that_are_no_message_are_refused(void **state)
{
    static const BytesCase cases[] = {
        ROW("nothing", "", CODE_MALFORMED),
        ROW("an empty sequence", "\x30\x00", CODE_MALFORMED),
        ROW("an octet string", "\x04\x01x", CODE_MALFORMED),
        ROW("PKCS #7 data, not signed", "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
            CODE_MALFORMED),
        ROW("SignedData without content", "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
            CODE_MALFORMED),
        ROW("an empty SignedData",
            "\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x02\x30\x00", CODE_MALFORMED),
        ROW("indefinite length", "\x30\x80\x00\x00", CODE_BER),
        ROW("indefinite length inside", "\x30\x04\x30\x80\x00\x00", CODE_BER),
        ROW("text", "-----BEGIN PKCS7-----", CODE_MALFORMED),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(parse(cases[i].bytes, cases[i].length), cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_taken_apart),
        cmocka_unit_test(what_follows_a_message_is_refused),
        cmocka_unit_test(every_cut_of_a_message_is_refused),
        cmocka_unit_test(bytes_that_are_no_message_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
