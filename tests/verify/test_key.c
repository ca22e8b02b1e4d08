/* Tests verify/key.c, verify/pem.c and the fitness rules of verify/rsa.c. Keys are made by the
 * openssl program; verify-rules section 5 lists what must be refused. */
#include "tests/verify/box.h"

#include "tests/verify/rsa_pem.h"
#include "verify/key.h"

/* Made once for all tests of this program: a.key, a.pub (2048 bits). */
typedef struct Keys {
    Box box;
    const char *public_path;
    char *pem;
} Keys;

static int make_keys(void **state)
{
    Keys *keys = calloc(1, sizeof *keys);
    size_t length = 0;

    if (!keys)
        return -1;
    keys->box = box_open();
    keys->public_path =
        box_openssl_rsa(&keys->box, "a", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    keys->pem = box_read(&keys->box, "a.pub", &length);
    *state = keys;
    return 0;
}

static int forget_keys(void **state)
{
    Keys *keys = *state;

    free(keys->pem);
    box_close(&keys->box);
    free(keys);
    return 0;
}

static void assert_refused(const char *path, const char *why)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    if (public_key_load(path, &key, &err))
        fail_msg("%s was accepted, expected: %s", path, why);
    assert_null(key);
    assert_says(&err, ERR_KEY, why);
    assert_non_null(strstr(err.message, path));
}

static void a_sound_key_is_loaded_with_its_size(void **state)
{
    Keys *keys = *state;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    if (!public_key_load(keys->public_path, &key, &err))
        fail_msg("%s", err.message);
    assert_int_equal(public_key_bits(key), 2048);
    assert_int_equal(public_key_signature_size(key), 256);
    assert_string_equal(public_key_path(key), keys->public_path);
    assert_null(public_key_weakness(key));
}

static void the_key_id_is_the_start_of_the_hash_that_openssl_shows(void **state)
{
    Keys *keys = *state;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    char expected[KEY_ID_SIZE] = "";
    Error err = {0};

    assert_true(public_key_load(keys->public_path, &key, &err));
    assert_int_equal(box_openssl(&keys->box, "pkey", "-pubin", "-in", "a.pub", "-outform", "DER",
                                 "-out", "a.der", NULL),
                     0);
    assert_int_equal(box_openssl(&keys->box, "dgst", "-sha256", "-r", "a.der", NULL), 0);
    memcpy(expected, keys->box.last.output, KEY_ID_SIZE - 1);
    assert_string_equal(public_key_id(key), expected);
}

static void a_private_key_is_named_as_one(void **state)
{
    Keys *keys = *state;
    Box *box = &keys->box;

    assert_refused(box_path(box, "a.key"), "holds a private key, expected a public key");
    assert_int_equal(
        box_openssl(box, "rsa", "-in", "a.key", "-traditional", "-out", "old.key", NULL), 0);
    assert_refused(box_path(box, "old.key"), "holds a private key");
    assert_int_equal(box_openssl(box, "pkey", "-in", "a.key", "-aes256", "-passout", "pass:x1y2",
                                 "-out", "locked.key", NULL),
                     0);
    assert_refused(box_path(box, "locked.key"), "holds an encrypted private key");
    assert_int_equal(box_openssl(box, "rsa", "-in", "a.key", "-traditional", "-aes256", "-passout",
                                 "pass:x1y2", "-out", "oldlocked.key", NULL),
                     0);
    assert_refused(box_path(box, "oldlocked.key"), "holds an encrypted private key");
}

static void a_certificate_is_named_as_one(void **state)
{
    Keys *keys = *state;
    Box *box = &keys->box;

    assert_int_equal(box_openssl(box, "req", "-x509", "-key", "a.key", "-subj", "/CN=test", "-out",
                                 "a.crt", NULL),
                     0);
    assert_refused(box_path(box, "a.crt"), "holds a certificate");
    assert_int_equal(box_openssl(box, "req", "-new", "-key", "a.key", "-subj", "/CN=test", "-out",
                                 "a.csr", NULL),
                     0);
    assert_refused(box_path(box, "a.csr"), "holds a certificate request");
    assert_int_equal(
        box_openssl(box, "rsa", "-in", "a.key", "-RSAPublicKey_out", "-out", "a.pkcs1", NULL), 0);
    assert_refused(box_path(box, "a.pkcs1"), "old PKCS#1 form");
}

static void keys_that_are_not_rsa_are_named(void **state)
{
    Keys *keys = *state;
    Box *box = &keys->box;

    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "EC", "-pkeyopt",
                                 "ec_paramgen_curve:P-256", "-out", "ec.key", NULL),
                     0);
    assert_int_equal(box_openssl(box, "pkey", "-in", "ec.key", "-pubout", "-out", "ec.pub", NULL),
                     0);
    assert_refused(box_path(box, "ec.pub"), "holds a key of type EC, expected RSA");
    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "ED25519", "-out", "ed.key", NULL),
                     0);
    assert_int_equal(box_openssl(box, "pkey", "-in", "ed.key", "-pubout", "-out", "ed.pub", NULL),
                     0);
    assert_refused(box_path(box, "ed.pub"), "key of type ED25519, expected RSA");
    assert_int_equal(box_openssl(box, "genpkey", "-algorithm", "RSA-PSS", "-pkeyopt",
                                 "rsa_keygen_bits:2048", "-out", "pss.key", NULL),
                     0);
    assert_int_equal(box_openssl(box, "pkey", "-in", "pss.key", "-pubout", "-out", "pss.pub", NULL),
                     0);
    assert_refused(box_path(box, "pss.pub"), "key of type RSA-PSS, expected RSA");
}

static void a_key_that_is_too_short_is_refused(void **state)
{
    Keys *keys = *state;

    assert_refused(
        box_openssl_rsa(&keys->box, "short", "rsa_keygen_bits:1024", "rsa_keygen_pubexp:65537"),
        "is a key of 1024 bits, expected 2048 to 16384");
    assert_refused(
        box_openssl_rsa(&keys->box, "almost", "rsa_keygen_bits:2047", "rsa_keygen_pubexp:65537"),
        "is a key of 2047 bits");
}

static void a_key_that_is_too_long_is_refused(void **state)
{
    Keys *keys = *state;
    CLEANUP(free) char *modulus = malloc(4098);

    assert_non_null(modulus);
    memset(modulus, '7', 4097); /* 16387 bits, odd */
    modulus[4097] = '\0';
    assert_refused(rsa_pem_write(&keys->box, "long.pub", modulus, "10001"),
                   "is a key of 16387 bits");
}

static void exponents_that_give_no_security_are_refused(void **state)
{
    Keys *keys = *state;
    CLEANUP(free) char *modulus = rsa_pem_modulus(&keys->box, "a.pub");

    assert_refused(rsa_pem_write(&keys->box, "e1.pub", modulus, "01"), "exponent is 1, expected");
    assert_refused(rsa_pem_write(&keys->box, "e2.pub", modulus, "02"), "exponent is 2, expected");
    assert_refused(rsa_pem_write(&keys->box, "e0.pub", modulus, "00"), "exponent is 0, expected");
    assert_refused(rsa_pem_write(&keys->box, "even.pub", modulus, "10000"), "exponent is 65536");
}

static void a_small_exponent_is_allowed_and_told(void **state)
{
    Keys *keys = *state;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    if (!public_key_load(
            box_openssl_rsa(&keys->box, "e3", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:3"), &key,
            &err))
        fail_msg("%s", err.message);
    assert_string_equal(public_key_weakness(key), "its public exponent is below 65537");
}

static void a_modulus_that_cannot_be_one_is_refused(void **state)
{
    Keys *keys = *state;
    CLEANUP(free) char *modulus = rsa_pem_modulus(&keys->box, "a.pub");
    char *last = modulus + strlen(modulus) - 1;

    *last = '0'; /* even */
    assert_refused(rsa_pem_write(&keys->box, "n.pub", modulus, "10001"), "is no sound RSA key");
    assert_int_equal(box_openssl(&keys->box, "prime", "-generate", "-bits", "2048", "-hex", NULL),
                     0);
    keys->box.last.output[strcspn(keys->box.last.output, "\r\n")] = '\0';
    assert_refused(rsa_pem_write(&keys->box, "prime.pub", keys->box.last.output, "10001"),
                   "is no sound RSA key");
}

static void text_that_is_no_key_is_refused(void **state)
{
    Keys *keys = *state;
    Box *box = &keys->box;
    CLEANUP(free) char *twice = text_formatted("%s%s", keys->pem, keys->pem);
    CLEANUP(free) char *cut = text_copy_bytes(keys->pem, strlen(keys->pem) - 30);
    CLEANUP(free) char *nul = text_formatted("%sX", keys->pem);

    assert_true(twice && cut && nul);
    assert_refused(box_write_text(box, "empty", ""), "is empty");
    assert_refused(box_write_text(box, "words", "no key at all\n"), "is no PEM file");
    assert_refused(box_write_text(box, "ssh", "ssh-rsa AAAAB3Nza me@here\n"), "is no PEM file");
    assert_refused(box_write_text(box, "cut", cut), "is no PEM file");
    assert_refused(box_write_text(box, "twice", twice), "more than one thing");
    nul[strlen(nul) - 1] = '\0';
    assert_refused(box_write(box, "zeros", nul, strlen(nul) + 1), "more than one thing");
    assert_refused(box_write_text(box, "rubbish",
                                  "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
                   "holds no key that can be read");
    assert_refused(box_write_text(box, "pgp",
                                  "-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n"),
                   "holds something else");
}

static void bytes_behind_the_key_are_refused(void **state)
{
    Keys *keys = *state;
    Box *box = &keys->box;
    CLEANUP(free) char *der = NULL;
    CLEANUP(free) char *base64 = NULL;
    CLEANUP(free) char *pem = NULL;
    size_t length = 0;

    assert_int_equal(box_openssl(box, "pkey", "-pubin", "-in", "a.pub", "-outform", "DER", "-out",
                                 "tail.der", NULL),
                     0);
    der = box_read(box, "tail.der", &length);
    box_write(box, "tail.der", der, length + 1); /* with the NUL that box_read() puts behind it */
    assert_int_equal(box_openssl(box, "base64", "-in", "tail.der", "-out", "tail.b64", NULL), 0);
    base64 = box_read(box, "tail.b64", &length);
    pem = text_formatted("-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----\n", base64);
    assert_non_null(pem);
    assert_refused(box_write_text(box, "tail.pub", pem), "1 bytes behind the end");
}

static void a_file_that_is_missing_or_endless_is_file_trouble(void **state)
{
    Keys *keys = *state;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    CLEANUP(free) char *big = calloc(1, 200000);
    Error err = {0};

    assert_non_null(big);
    assert_false(public_key_load(box_path(&keys->box, "nowhere.pub"), &key, &err));
    assert_says(&err, ERR_FILE, "nowhere.pub");
    assert_false(public_key_load(box_write(&keys->box, "big", big, 200000), &key, &err));
    assert_says(&err, ERR_FILE, "big");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_key_is_loaded_with_its_size),
        cmocka_unit_test(the_key_id_is_the_start_of_the_hash_that_openssl_shows),
        cmocka_unit_test(a_private_key_is_named_as_one),
        cmocka_unit_test(a_certificate_is_named_as_one),
        cmocka_unit_test(keys_that_are_not_rsa_are_named),
        cmocka_unit_test(a_key_that_is_too_short_is_refused),
        cmocka_unit_test(a_key_that_is_too_long_is_refused),
        cmocka_unit_test(exponents_that_give_no_security_are_refused),
        cmocka_unit_test(a_small_exponent_is_allowed_and_told),
        cmocka_unit_test(a_modulus_that_cannot_be_one_is_refused),
        cmocka_unit_test(text_that_is_no_key_is_refused),
        cmocka_unit_test(bytes_behind_the_key_are_refused),
        cmocka_unit_test(a_file_that_is_missing_or_endless_is_file_trouble),
    };

    return cmocka_run_group_tests(tests, make_keys, forget_keys);
}
