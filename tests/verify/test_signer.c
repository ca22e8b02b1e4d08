/* Tests verify/signer.c and verify/keypair.c: the openssl program must accept what they make. */
#include "tests/verify/box.h"

#include "tests/support/file_mode.h"
#include "verify/key.h"
#include "verify/signature.h"
#include "verify/signer.h"

/* Made once: plain.key/.pub, locked.key/.pub (passphrase "open sesame"), and the file "content". */
static int make_pairs(void **state)
{
    Box *box = calloc(1, sizeof *box);
    Error err = {0};

    if (!box)
        return -1;
    *box = box_open();
    if (!keypair_create(2048, box_path(box, "plain.key"), box_path(box, "plain.pub"), NULL, &err) ||
        !keypair_create(2048, box_path(box, "locked.key"), box_path(box, "locked.pub"),
                        "open sesame", &err))
        fail_msg("%s", err.message);
    box_write_text(box, "content", "what was promised\n");
    *state = box;
    return 0;
}

static int forget_pairs(void **state)
{
    box_close(*state);
    free(*state);
    return 0;
}

static void a_new_pair_is_one_that_openssl_and_we_accept(void **state)
{
    Box *box = *state;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    assert_int_equal(box_openssl(box, "pkey", "-in", "plain.key", "-check", "-noout", NULL), 0);
    assert_true(public_key_load(box_path(box, "plain.pub"), &key, &err));
    assert_int_equal(public_key_bits(key), 2048);
    assert_null(public_key_weakness(key));
    assert_true(file_mode_is(box_path(box, "plain.key"), 0600));
    assert_true(file_mode_is(box_path(box, "plain.pub"), 0644));
}

static void a_passphrase_seals_the_private_key_with_aes_256(void **state)
{
    Box *box = *state;
    size_t length = 0;
    CLEANUP(free) char *pem = box_read(box, "locked.key", &length);

    assert_true(text_starts_with(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_true(file_mode_is(box_path(box, "locked.key"), 0600));
    assert_int_equal(box_openssl(box, "asn1parse", "-in", "locked.key", NULL), 0);
    assert_non_null(strstr(box->last.output, "aes-256-cbc"));
    assert_non_null(strstr(box->last.output, "hmacWithSHA256"));
    assert_non_null(strstr(box->last.output, ":0927C0")); /* 600000 rounds */
    assert_int_equal(box_openssl(box, "pkey", "-in", "locked.key", "-passin", "pass:open sesame",
                                 "-noout", NULL),
                     0);
    assert_int_not_equal(
        box_openssl(box, "pkey", "-in", "locked.key", "-passin", "pass:wrong", "-noout", NULL), 0);
}

static void a_key_is_never_overwritten(void **state)
{
    Box *box = *state;
    size_t before_length = 0, after_length = 0;
    CLEANUP(free) char *before = box_read(box, "plain.key", &before_length);
    CLEANUP(free) char *after = NULL;
    Error err = {0};

    assert_false(
        keypair_create(2048, box_path(box, "plain.key"), box_path(box, "n.pub"), NULL, &err));
    assert_says(&err, ERR_USAGE, "plain.key exists already");
    assert_false(
        keypair_create(2048, box_path(box, "n.key"), box_path(box, "plain.pub"), NULL, &err));
    assert_says(&err, ERR_USAGE, "plain.pub exists already");
    after = box_read(box, "plain.key", &after_length);
    assert_string_equal(before, after);
    assert_false(file_exists(box_path(box, "n.pub")));
    assert_false(file_exists(box_path(box, "n.key")));
}

static void a_pair_that_cannot_be_written_whole_leaves_nothing(void **state)
{
    Box *box = *state;
    Error err = {0};

    assert_false(keypair_create(2048, box_path(box, "half.key"),
                                box_path(box, "no/folder/half.pub"), NULL, &err));
    assert_says(&err, ERR_FILE, "half.pub");
    assert_false(file_exists(box_path(box, "half.key")));
}

static void a_pair_that_makes_no_sense_is_refused(void **state)
{
    Box *box = *state;
    const char *same = box_path(box, "same");
    CLEANUP(free) char *endless = calloc(1, PASSPHRASE_MOST + 2);
    Error err = {0};

    assert_non_null(endless);
    memset(endless, 'x', PASSPHRASE_MOST + 1);
    assert_false(keypair_create(1024, same, box_path(box, "x"), NULL, &err));
    assert_says(&err, ERR_USAGE, "a key of 1024 bits is not allowed, expected 2048 to 16384");
    assert_false(keypair_create(16385, same, box_path(box, "x"), NULL, &err));
    assert_says(&err, ERR_USAGE, "16385");
    assert_false(keypair_create(-1, same, box_path(box, "x"), NULL, &err));
    assert_false(keypair_create(2048, same, same, NULL, &err));
    assert_says(&err, ERR_USAGE, "both keys");
    assert_false(keypair_create(2048, same, box_path(box, "x"), "", &err));
    assert_says(&err, ERR_USAGE, "the passphrase has 0 bytes");
    assert_false(keypair_create(2048, same, box_path(box, "x"), endless, &err));
    assert_says(&err, ERR_USAGE, "the passphrase has 1001 bytes");
    assert_false(file_exists(same));
}

static Signer *load(Box *box, const char *name, const char *passphrase)
{
    Signer *signer = NULL;
    Error err = {0};

    if (!signer_load(box_path(box, name), passphrase, &signer, &err))
        fail_msg("%s", err.message);
    return signer;
}

static void openssl_accepts_what_the_signer_makes(void **state)
{
    Box *box = *state;
    CLEANUP(signer_free) Signer *signer = load(box, "plain.key", NULL);
    Error err = {0};

    assert_true(signer_sign_file(signer, SCHEME_PKCS1_SHA256, box_path(box, "content"),
                                 box_path(box, "content.sig"), &err));
    assert_int_equal(box_openssl(box, "dgst", "-sha256", "-verify", "plain.pub", "-signature",
                                 "content.sig", "content", NULL),
                     0);
    assert_true(signer_sign_file(signer, SCHEME_PSS_SHA256, box_path(box, "content"),
                                 box_path(box, "content.pss"), &err));
    assert_int_equal(box_openssl(box, "dgst", "-sha256", "-verify", "plain.pub", "-sigopt",
                                 "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                                 "-signature", "content.pss", "content", NULL),
                     0);
    assert_true(file_mode_is(box_path(box, "content.sig"), 0644));
}

static void we_accept_what_the_signer_makes_with_either_scheme(void **state)
{
    Box *box = *state;
    CLEANUP(signer_free) Signer *signer = load(box, "locked.key", "open sesame");
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    CLEANUP_TEXT_LIST TextList paths = {0};
    Digest digest;
    Error err = {0};

    assert_true(text_list_add(&paths, box_path(box, "locked.pub"), &err));
    assert_true(keyring_load(&paths, NULL, &keyring, &err));
    assert_true(digest_file(box_path(box, "content"), &digest, &err));
    for (int scheme = SCHEME_PKCS1_SHA256; scheme <= SCHEME_PSS_SHA256; scheme++) {
        const SignatureClaim claim = {.scheme = (SignatureScheme)scheme, .content = &digest};
        SignatureVerdict verdict;

        assert_true(signer_sign_file(signer, claim.scheme, box_path(box, "content"),
                                     box_path(box, "own.sig"), &err));
        assert_true(
            signature_check_file(keyring, &claim, box_path(box, "own.sig"), &verdict, &err));
        assert_string_equal(verdict.key_id, signer_key_id(signer));
    }
}

static void a_key_made_by_openssl_signs_too(void **state)
{
    Box *box = *state;
    CLEANUP(signer_free) Signer *signer = NULL;
    Error err = {0};

    box_openssl_rsa(box, "theirs", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    assert_int_equal(box_openssl(box, "rsa", "-in", "theirs.key", "-traditional", "-aes128",
                                 "-passout", "pass:old times", "-out", "old.key", NULL),
                     0);
    signer = load(box, "old.key", "old times");
    assert_true(signer_sign_file(signer, SCHEME_PKCS1_SHA256, box_path(box, "content"),
                                 box_path(box, "old.sig"), &err));
    assert_int_equal(box_openssl(box, "dgst", "-sha256", "-verify", "theirs.pub", "-signature",
                                 "old.sig", "content", NULL),
                     0);
}

static void assert_not_loaded(Box *box, const char *name, const char *passphrase, const char *why)
{
    CLEANUP(signer_free) Signer *signer = NULL;
    Error err = {0};

    if (signer_load(box_path(box, name), passphrase, &signer, &err))
        fail_msg("%s was accepted", name);
    assert_says(&err, ERR_KEY, why);
    assert_true(!passphrase || (!strstr(err.message, passphrase) && !strstr(err.hint, passphrase)));
}

static void a_missing_passphrase_is_told_from_a_wrong_one(void **state)
{
    Box *box = *state;

    assert_not_loaded(box, "locked.key", NULL, "needs a passphrase, and none was given");
    assert_not_loaded(box, "locked.key", "Open Sesame", "the passphrase does not open");
    assert_not_loaded(box, "locked.key", "open sesame\n", "the passphrase does not open");
}

static void what_is_no_private_key_does_not_sign(void **state)
{
    Box *box = *state;

    assert_not_loaded(box, "plain.pub", NULL, "holds a public key, expected a private key");
    assert_not_loaded(box, "content", NULL, "is no PEM file");
    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "EC", "-pkeyopt",
                                 "ec_paramgen_curve:P-256", "-out", "ec.key", NULL),
                     0);
    assert_not_loaded(box, "ec.key", NULL, "holds a key of type EC, expected RSA");
    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "RSA", "-pkeyopt",
                                 "rsa_keygen_bits:1024", "-out", "small.key", NULL),
                     0);
    assert_not_loaded(box, "small.key", NULL, "is a key of 1024 bits");
    box_write_text(box, "rubbish.key",
                   "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_not_loaded(box, "rubbish.key", NULL, "holds no private key that can be read");
}

static void a_passphrase_for_an_open_key_does_no_harm(void **state)
{
    CLEANUP(signer_free) Signer *signer = load(*state, "plain.key", "not needed");

    assert_non_null(signer);
}

static void what_cannot_be_read_is_not_signed(void **state)
{
    Box *box = *state;
    CLEANUP(signer_free) Signer *signer = load(box, "plain.key", NULL);
    Error err = {0};

    assert_false(signer_sign_file(signer, SCHEME_PKCS1_SHA256, box_path(box, "nothing"),
                                  box_path(box, "nothing.sig"), &err));
    assert_says(&err, ERR_FILE, "nothing");
    assert_false(file_exists(box_path(box, "nothing.sig")));
    assert_false(signer_sign_file(signer, SCHEME_PKCS1_SHA256, box_path(box, "content"),
                                  box_path(box, "content"), &err));
    assert_says(&err, ERR_USAGE, "would overwrite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_pair_is_one_that_openssl_and_we_accept),
        cmocka_unit_test(a_passphrase_seals_the_private_key_with_aes_256),
        cmocka_unit_test(a_key_is_never_overwritten),
        cmocka_unit_test(a_pair_that_cannot_be_written_whole_leaves_nothing),
        cmocka_unit_test(a_pair_that_makes_no_sense_is_refused),
        cmocka_unit_test(openssl_accepts_what_the_signer_makes),
        cmocka_unit_test(we_accept_what_the_signer_makes_with_either_scheme),
        cmocka_unit_test(a_key_made_by_openssl_signs_too),
        cmocka_unit_test(a_missing_passphrase_is_told_from_a_wrong_one),
        cmocka_unit_test(what_is_no_private_key_does_not_sign),
        cmocka_unit_test(a_passphrase_for_an_open_key_does_no_harm),
        cmocka_unit_test(what_cannot_be_read_is_not_signed),
    };

    return cmocka_run_group_tests(tests, make_pairs, forget_pairs);
}
