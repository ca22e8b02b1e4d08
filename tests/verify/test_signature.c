/* Tests verify/signature.c, verify/scheme.c and the verifying half of verify/rsa.c against
 * signatures that the openssl program made. Refusals: verify-rules section 5, "Signature file" and
 * "Scheme pinned". */
#include "tests/verify/box.h"

#include "tests/verify/mutate.h"
#include "verify/signature.h"

enum { ROOM = 1024 };

typedef struct Signature {
    uint8_t bytes[ROOM];
    size_t length;
} Signature;

/* Keys a and b have 2048 bits, c has 3072; `content` is signed by each of them. */
typedef struct Signed {
    Box box;
    Keyring *all, *only_a;
    Digest content;
    Signature by_a, by_a_pss, by_b, by_c, by_stranger;
} Signed;

static void sign(Box *box, const char *key, bool pss, const char *name, Signature *out)
{
    const char *mode = pss ? "rsa_padding_mode:pss" : "rsa_padding_mode:pkcs1";
    CLEANUP(free) char *bytes = NULL;

    if (pss)
        assert_int_equal(box_openssl(box, "dgst", "-sha256", "-sign", key, "-sigopt", mode,
                                     "-sigopt", "rsa_pss_saltlen:digest", "-out", name, "content",
                                     NULL),
                         0);
    else
        assert_int_equal(
            box_openssl(box, "dgst", "-sha256", "-sign", key, "-out", name, "content", NULL), 0);
    bytes = box_read(box, name, &out->length);
    assert_true(out->length < ROOM);
    memcpy(out->bytes, bytes, out->length);
}

static Keyring *load(Box *box, const char *const *names, const char *denied)
{
    CLEANUP_TEXT_LIST TextList paths = {0};
    CLEANUP_TEXT_LIST TextList deny = {0};
    Keyring *keyring = NULL;
    Error err = {0};

    for (; *names; names++)
        assert_true(text_list_add(&paths, box_path(box, *names), &err));
    assert_true(!denied || text_list_add(&deny, denied, &err));
    if (!keyring_load(&paths, &deny, &keyring, &err))
        fail_msg("%s", err.message);
    return keyring;
}

static int sign_all(void **state)
{
    static const char *const all[] = {"a.pub", "b.pub", "c.pub", NULL};
    static const char *const only_a[] = {"a.pub", NULL};
    Signed *made = calloc(1, sizeof *made);
    Box *box = made ? &made->box : NULL;
    Error err = {0};

    if (!made)
        return -1;
    *box = box_open();
    box_openssl_rsa(box, "a", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    box_openssl_rsa(box, "b", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    box_openssl_rsa(box, "c", "rsa_keygen_bits:3072", "rsa_keygen_pubexp:65537");
    box_openssl_rsa(box, "stranger", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    assert_true(
        digest_file(box_write_text(box, "content", "what was promised\n"), &made->content, &err));
    sign(box, "a.key", false, "a.sig", &made->by_a);
    sign(box, "a.key", true, "a.pss", &made->by_a_pss);
    sign(box, "b.key", false, "b.sig", &made->by_b);
    sign(box, "c.key", false, "c.sig", &made->by_c);
    sign(box, "stranger.key", false, "stranger.sig", &made->by_stranger);
    made->all = load(box, all, NULL);
    made->only_a = load(box, only_a, NULL);
    *state = made;
    return 0;
}

static int forget_all(void **state)
{
    Signed *made = *state;

    keyring_free(made->all);
    keyring_free(made->only_a);
    box_close(&made->box);
    free(made);
    return 0;
}

static SignatureClaim claim_of(const Signed *made, const Signature *signature)
{
    return (SignatureClaim){.scheme = SCHEME_PKCS1_SHA256,
                            .content = &made->content,
                            .bytes = signature->bytes,
                            .length = signature->length};
}

/* Refused with this code, and the error, the verdict and the answer agree. */
static void assert_refused(const Keyring *keyring, const SignatureClaim *claim, const char *code,
                           const char *why)
{
    SignatureVerdict verdict;
    Error err = {0};

    assert_false(signature_check(keyring, claim, &verdict, &err));
    assert_false(verdict.ok);
    assert_string_equal(verdict.code, code);
    assert_says(&err, ERR_SIGNATURE, why);
    assert_string_equal(verdict.reason, err.message);
}

static void assert_accepted(const Keyring *keyring, const SignatureClaim *claim, size_t key)
{
    SignatureVerdict verdict;
    Error err = {0};

    if (!signature_check(keyring, claim, &verdict, &err))
        fail_msg("%s", err.message);
    assert_true(verdict.ok);
    assert_string_equal(verdict.code, "ok");
    assert_string_equal(verdict.key_id, public_key_id(keyring_key(keyring, key)));
    assert_non_null(strstr(verdict.reason, verdict.key_id));
}

static void what_openssl_signs_is_accepted_and_its_key_named(void **state)
{
    const Signed *made = *state;
    SignatureClaim claim = claim_of(made, &made->by_a);

    assert_accepted(made->only_a, &claim, 0);
    assert_accepted(made->all, &claim, 0);
    claim = claim_of(made, &made->by_b);
    assert_accepted(made->all, &claim, 1);
    claim = claim_of(made, &made->by_c);
    assert_accepted(made->all, &claim, 2);
    claim = claim_of(made, &made->by_a_pss);
    claim.scheme = SCHEME_PSS_SHA256;
    assert_accepted(made->all, &claim, 0);
}

static void a_signature_of_the_other_scheme_is_refused_and_recognised(void **state)
{
    const Signed *made = *state;
    SignatureClaim claim = claim_of(made, &made->by_a_pss);
    SignatureVerdict verdict;
    Error err = {0};

    assert_false(signature_check(made->all, &claim, &verdict, &err));
    assert_string_equal(verdict.code, "no-key");
    assert_non_null(strstr(err.hint, "other scheme"));
    claim = claim_of(made, &made->by_a);
    claim.scheme = SCHEME_PSS_SHA256;
    assert_false(signature_check(made->all, &claim, &verdict, &err));
    assert_string_equal(verdict.code, "no-key");
    assert_string_equal(verdict.key_id, "");
    assert_non_null(strstr(err.hint, "other scheme"));
}

static void a_pss_salt_of_another_length_is_refused(void **state)
{
    Signed *made = *state;
    static const char *const lengths[] = {"rsa_pss_saltlen:0", "rsa_pss_saltlen:20",
                                          "rsa_pss_saltlen:max"};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        CLEANUP(free) char *bytes = NULL;
        SignatureClaim claim = claim_of(made, &made->by_a);

        assert_int_equal(box_openssl(&made->box, "dgst", "-sha256", "-sign", "a.key", "-sigopt",
                                     "rsa_padding_mode:pss", "-sigopt", lengths[i], "-out",
                                     "salt.sig", "content", NULL),
                         0);
        bytes = box_read(&made->box, "salt.sig", &claim.length);
        claim.bytes = (const uint8_t *)bytes;
        claim.scheme = SCHEME_PSS_SHA256;
        assert_refused(made->all, &claim, "no-key", "no key of the keyring");
    }
}

static void a_pss_mask_of_another_hash_is_refused(void **state)
{
    Signed *made = *state;
    CLEANUP(free) char *bytes = NULL;
    SignatureClaim claim = claim_of(made, &made->by_a);

    assert_int_equal(box_openssl(&made->box, "dgst", "-sha256", "-sign", "a.key", "-sigopt",
                                 "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                                 "-sigopt", "rsa_mgf1_md:sha1", "-out", "mgf.sig", "content", NULL),
                     0);
    bytes = box_read(&made->box, "mgf.sig", &claim.length);
    claim.bytes = (const uint8_t *)bytes;
    claim.scheme = SCHEME_PSS_SHA256;
    assert_refused(made->all, &claim, "no-key", "no key of the keyring");
}

static void another_hash_is_refused(void **state)
{
    static const char *const hashes[] = {"-sha1", "-sha384", "-sha512"};
    Signed *made = *state;

    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        CLEANUP(free) char *bytes = NULL;
        SignatureClaim claim = claim_of(made, &made->by_a);

        assert_int_equal(box_openssl(&made->box, "dgst", hashes[i], "-sign", "a.key", "-out",
                                     "hash.sig", "content", NULL),
                         0);
        bytes = box_read(&made->box, "hash.sig", &claim.length);
        claim.bytes = (const uint8_t *)bytes;
        assert_refused(made->all, &claim, "no-key", "no key of the keyring");
    }
}

static void a_key_outside_the_keyring_is_refused(void **state)
{
    const Signed *made = *state;
    SignatureClaim claim = claim_of(made, &made->by_stranger);
    SignatureVerdict verdict;
    Error err = {0};

    assert_refused(made->all, &claim, "no-key", "no key of the keyring");
    claim = claim_of(made, &made->by_b);
    assert_refused(made->only_a, &claim, "no-key", "no key of the keyring");
    assert_false(signature_check(made->only_a, &claim, &verdict, &err));
    assert_null(strstr(err.hint, "other scheme"));
}

static void a_denied_key_is_refused_by_name(void **state)
{
    static const char *const both[] = {"a.pub", "b.pub", NULL};
    Signed *made = *state;
    const char *denied = public_key_id(keyring_key(made->all, 0));
    CLEANUP(keyring_free) Keyring *keyring = load(&made->box, both, denied);
    SignatureClaim claim = claim_of(made, &made->by_a);
    SignatureVerdict verdict;
    Error err = {0};

    assert_refused(keyring, &claim, "denied-key", "on the deny list");
    assert_false(signature_check(keyring, &claim, &verdict, &err));
    assert_string_equal(verdict.key_id, denied);
    claim = claim_of(made, &made->by_b);
    assert_accepted(keyring, &claim, 1);
}

static void other_content_is_refused(void **state)
{
    Signed *made = *state;
    Digest other = made->content;
    SignatureClaim claim = claim_of(made, &made->by_a);

    other.bytes[0] ^= 1;
    claim.content = &other;
    assert_refused(made->all, &claim, "no-key", "over this content");
}

typedef struct LengthCase {
    const char *code;
    const char *why;
    size_t length; /* of by_a, with `tail` written behind its 256 bytes */
    const char *tail;
} LengthCase;

static const LengthCase length_cases[] = {
    {"empty",            "is empty",                      0,   ""    },
    {"short",            "has 1 bytes, expected 256",     1,   ""    },
    {"short",            "has 255 bytes, expected 256",   255, ""    },
    {"long",             "has 257 bytes, expected 256",   257, "\x01"},
    {"long",             "has 258 bytes, expected 256",   258, "\n\n"},
    {"long",             "has 512 bytes, expected 256",   512, ""    },
    {"trailing-newline", "line end behind its 256 bytes", 257, "\n"  },
    {"trailing-newline", "line end behind its 256 bytes", 258, "\r\n"},
};

static void a_signature_of_the_wrong_length_is_refused_with_its_reason(void **state)
{
    const Signed *made = *state;

    for (size_t i = 0; i < sizeof length_cases / sizeof length_cases[0]; i++) {
        const LengthCase *row = &length_cases[i];
        Signature changed = made->by_a;
        SignatureClaim claim = claim_of(made, &changed);

        memcpy(changed.bytes + 256, row->tail, strlen(row->tail));
        claim.length = row->length;
        assert_refused(made->only_a, &claim, row->code, row->why);
    }
}

static void a_length_between_the_sizes_of_two_keys_is_refused(void **state)
{
    const Signed *made = *state;
    SignatureClaim claim = claim_of(made, &made->by_c);

    claim.length = 300;
    assert_refused(made->all, &claim, "wrong-size", "has 300 bytes, and no key");
    claim.length = 200;
    assert_refused(made->all, &claim, "short", "has 200 bytes, expected 256");
    claim.length = 400;
    assert_refused(made->all, &claim, "long", "has 400 bytes, expected 384");
}

static void leading_zeros_are_not_dropped_or_added(void **state)
{
    const Signed *made = *state;
    Signature padded = {.length = made->by_a.length + 1};
    SignatureClaim claim = claim_of(made, &padded);

    memcpy(padded.bytes + 1, made->by_a.bytes, made->by_a.length);
    assert_refused(made->only_a, &claim, "long", "has 257 bytes");
}

static void text_is_recognised_as_text(void **state)
{
    Signed *made = *state;
    Box *box = &made->box;
    static const char pem[] =
        "-----BEGIN SIGNATURE-----\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END SIGNATURE-----\n";
    char letters[256];
    CLEANUP(free) char *base64 = NULL;
    SignatureClaim claim = claim_of(made, &made->by_a);

    assert_int_equal(box_openssl(box, "base64", "-in", "a.sig", "-out", "a.b64", NULL), 0);
    base64 = box_read(box, "a.b64", &claim.length);
    claim.bytes = (const uint8_t *)base64;
    assert_refused(made->only_a, &claim, "text", "looks like base64");
    claim.bytes = (const uint8_t *)pem;
    claim.length = sizeof pem - 1;
    assert_refused(made->only_a, &claim, "text", "looks like PEM");
    memset(letters, 'A', sizeof letters); /* exactly as long as a signature */
    claim.bytes = (const uint8_t *)letters;
    claim.length = sizeof letters;
    assert_refused(made->only_a, &claim, "text", "looks like base64");
}

static void numbers_that_are_no_signature_are_refused(void **state)
{
    const Signed *made = *state;
    static const uint8_t fills[] = {0x00, 0x01, 0xff};

    for (size_t i = 0; i < sizeof fills; i++) {
        Signature flat = {.length = 256};
        SignatureClaim claim = claim_of(made, &flat);

        memset(flat.bytes, fills[i], flat.length);
        assert_refused(made->only_a, &claim, "no-key", "no key");
        flat.bytes[255] = 1; /* 0...01: the signature of "1" for every key */
        assert_refused(made->only_a, &claim, "no-key", "no key");
    }
}

static void a_signature_file_is_read_and_judged(void **state)
{
    Signed *made = *state;
    SignatureClaim claim = {.scheme = SCHEME_PKCS1_SHA256, .content = &made->content};
    SignatureVerdict verdict;
    Error err = {0};

    if (!signature_check_file(made->all, &claim, box_path(&made->box, "b.sig"), &verdict, &err))
        fail_msg("%s", err.message);
    assert_true(verdict.ok);
    assert_false(signature_check_file(made->all, &claim, box_path(&made->box, "stranger.sig"),
                                      &verdict, &err));
    assert_says(&err, ERR_SIGNATURE, "stranger.sig: no key of the keyring");
}

static void assert_file_refused(Signed *made, const char *path, const char *code)
{
    SignatureClaim claim = {.scheme = SCHEME_PKCS1_SHA256, .content = &made->content};
    SignatureVerdict verdict;
    Error err = {0};

    assert_false(signature_check_file(made->all, &claim, path, &verdict, &err));
    assert_false(verdict.ok);
    assert_string_equal(verdict.code, code);
    assert_int_equal(err.code, ERR_SIGNATURE);
    assert_non_null(strstr(err.message, path));
}

static void a_signature_file_that_cannot_be_one_is_refused(void **state)
{
    Signed *made = *state;
    CLEANUP(free) char *big = calloc(1, SIGNATURE_FILE_LIMIT + 1);
    Error err = {0};

    assert_non_null(big);
    assert_file_refused(made, box_path(&made->box, "none.sig"), "missing");
    assert_file_refused(made, box_write(&made->box, "empty.sig", "", 0), "empty");
    assert_file_refused(made, box_write(&made->box, "limit.sig", big, SIGNATURE_FILE_LIMIT),
                        "long");
    assert_file_refused(made, box_write(&made->box, "big.sig", big, SIGNATURE_FILE_LIMIT + 1),
                        "too-big");
    assert_true(folder_create(box_path(&made->box, "folder.sig"), &err));
    assert_file_refused(made, box_path(&made->box, "folder.sig"), "unreadable");
}

static void no_mutation_of_a_signature_is_accepted(void **state)
{
    const Signed *made = *state;
    Mutator mutator = {0x2545f4914f6cdd1d};

    for (int i = 0; i < 3000; i++) {
        const bool pss = i % 2 == 1;
        const Signature *good = pss ? &made->by_a_pss : &made->by_a;
        Signature changed = *good;
        SignatureClaim claim = claim_of(made, &changed);
        SignatureVerdict verdict;
        Error err = {0};

        for (uint64_t n = 1 + mutate_number(&mutator, 3); n > 0; n--)
            mutate_once(&mutator, changed.bytes, &changed.length);
        claim.length = changed.length;
        claim.scheme = pss ? SCHEME_PSS_SHA256 : SCHEME_PKCS1_SHA256;
        if (changed.length == good->length && memcmp(changed.bytes, good->bytes, good->length) == 0)
            continue;
        assert_false(signature_check(made->all, &claim, &verdict, &err));
        assert_false(verdict.ok);
        assert_int_equal(err.code, ERR_SIGNATURE);
    }
}

static void a_scheme_has_one_name(void **state)
{
    static const char *const wrong[] = {"",    "pkcs1",      "PKCS1-SHA256",
                                        "pss", "pss-sha512", "pkcs1-sha256 "};
    SignatureScheme scheme = SCHEME_PSS_SHA256;
    Error err = {0};

    (void)state;
    assert_true(scheme_parse("pkcs1-sha256", &scheme, &err));
    assert_int_equal(scheme, SCHEME_PKCS1_SHA256);
    assert_true(scheme_parse("pss-sha256", &scheme, &err));
    assert_int_equal(scheme, SCHEME_PSS_SHA256);
    assert_string_equal(scheme_name(SCHEME_PKCS1_SHA256), "pkcs1-sha256");
    assert_string_equal(scheme_name(SCHEME_PSS_SHA256), "pss-sha256");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(scheme_parse(wrong[i], &scheme, &err));
        assert_says(&err, ERR_SETTINGS, "expected pkcs1-sha256 or pss-sha256");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_openssl_signs_is_accepted_and_its_key_named),
        cmocka_unit_test(a_signature_of_the_other_scheme_is_refused_and_recognised),
        cmocka_unit_test(a_pss_salt_of_another_length_is_refused),
        cmocka_unit_test(a_pss_mask_of_another_hash_is_refused),
        cmocka_unit_test(another_hash_is_refused),
        cmocka_unit_test(a_key_outside_the_keyring_is_refused),
        cmocka_unit_test(a_denied_key_is_refused_by_name),
        cmocka_unit_test(other_content_is_refused),
        cmocka_unit_test(a_signature_of_the_wrong_length_is_refused_with_its_reason),
        cmocka_unit_test(a_length_between_the_sizes_of_two_keys_is_refused),
        cmocka_unit_test(leading_zeros_are_not_dropped_or_added),
        cmocka_unit_test(text_is_recognised_as_text),
        cmocka_unit_test(numbers_that_are_no_signature_are_refused),
        cmocka_unit_test(a_signature_file_is_read_and_judged),
        cmocka_unit_test(a_signature_file_that_cannot_be_one_is_refused),
        cmocka_unit_test(no_mutation_of_a_signature_is_accepted),
        cmocka_unit_test(a_scheme_has_one_name),
    };

    return cmocka_run_group_tests(tests, sign_all, forget_all);
}
