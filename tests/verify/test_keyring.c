/* Tests verify/keyring.c. */
#include "tests/verify/box.h"

#include "verify/keyring.h"

typedef struct Keys {
    Box box;
    const char *a, *b;
    char a_id[KEY_ID_SIZE], b_id[KEY_ID_SIZE];
} Keys;

static void read_id(const char *path, char out[KEY_ID_SIZE])
{
    CLEANUP(public_key_free) PublicKey *key = NULL;
    Error err = {0};

    assert_true(public_key_load(path, &key, &err));
    memcpy(out, public_key_id(key), KEY_ID_SIZE);
}

static int make_keys(void **state)
{
    Keys *keys = calloc(1, sizeof *keys);

    if (!keys)
        return -1;
    keys->box = box_open();
    keys->a = box_openssl_rsa(&keys->box, "a", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    keys->b = box_openssl_rsa(&keys->box, "b", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:65537");
    read_id(keys->a, keys->a_id);
    read_id(keys->b, keys->b_id);
    *state = keys;
    return 0;
}

static int forget_keys(void **state)
{
    Keys *keys = *state;

    box_close(&keys->box);
    free(keys);
    return 0;
}

/* Up to two paths and one denied id; NULL: none. */
static bool load(const char *first, const char *second, const char *denied, Keyring **out,
                 Error *err)
{
    CLEANUP_TEXT_LIST TextList paths = {0};
    CLEANUP_TEXT_LIST TextList deny = {0};

    assert_true(!first || text_list_add(&paths, first, err));
    assert_true(!second || text_list_add(&paths, second, err));
    assert_true(!denied || text_list_add(&deny, denied, err));
    return keyring_load(&paths, denied ? &deny : NULL, out, err);
}

static void all_keys_are_loaded_and_listed_in_their_order(void **state)
{
    Keys *keys = *state;
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    CLEANUP(free) char *ids = NULL;
    char expected[2 * KEY_ID_SIZE + 2];
    Error err = {0};

    assert_true(load(keys->a, keys->b, NULL, &keyring, &err));
    assert_int_equal(keyring_count(keyring), 2);
    assert_string_equal(public_key_id(keyring_key(keyring, 1)), keys->b_id);
    assert_false(keyring_denies(keyring, 0) || keyring_denies(keyring, 1));
    ids = keyring_ids(keyring);
    (void)snprintf(expected, sizeof expected, "%s, %s", keys->a_id, keys->b_id);
    assert_string_equal(ids, expected);
}

static void one_key_given_twice_counts_once(void **state)
{
    Keys *keys = *state;
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    Error err = {0};

    assert_true(load(keys->a, keys->a, NULL, &keyring, &err));
    assert_int_equal(keyring_count(keyring), 1);
}

static void a_denied_key_is_known_and_does_not_count(void **state)
{
    Keys *keys = *state;
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    CLEANUP(free) char *ids = NULL;
    char upper[KEY_ID_SIZE];
    Error err = {0};

    for (size_t i = 0; i < KEY_ID_SIZE; i++)
        upper[i] = keys->a_id[i] >= 'a' ? (char)(keys->a_id[i] - 32) : keys->a_id[i];
    assert_true(load(keys->a, keys->b, upper, &keyring, &err));
    assert_int_equal(keyring_count(keyring), 2);
    assert_true(keyring_denies(keyring, 0));
    assert_false(keyring_denies(keyring, 1));
    ids = keyring_ids(keyring);
    assert_string_equal(ids, keys->b_id);
}

static void a_keyring_of_denied_keys_only_is_refused(void **state)
{
    Keys *keys = *state;
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    Error err = {0};

    assert_false(load(keys->a, NULL, keys->a_id, &keyring, &err));
    assert_says(&err, ERR_KEY, "every key of the keyring (1) is on the deny list");
}

static void an_empty_keyring_is_refused(void **state)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    Error err = {0};

    (void)state;
    assert_false(load(NULL, NULL, NULL, &keyring, &err));
    assert_says(&err, ERR_KEY, "the keyring is empty");
}

static void one_broken_key_refuses_the_whole_keyring(void **state)
{
    Keys *keys = *state;
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    Error err = {0};

    assert_false(load(keys->a, box_path(&keys->box, "b.key"), NULL, &keyring, &err));
    assert_says(&err, ERR_KEY, "holds a private key");
    assert_null(keyring);
}

static void a_mistyped_id_on_the_deny_list_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "abc",
                                        "0123456789abcdeg",
                                        "0123456789abcdef0",
                                        " 123456789abcdef",
                                        "01:23:45:67:89:ab"};
    Keys *keys = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CLEANUP(keyring_free) Keyring *keyring = NULL;
        Error err = {0};

        assert_false(load(keys->a, NULL, wrong[i], &keyring, &err));
        assert_says(&err, ERR_SETTINGS, "is no key id");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys_are_loaded_and_listed_in_their_order),
        cmocka_unit_test(one_key_given_twice_counts_once),
        cmocka_unit_test(a_denied_key_is_known_and_does_not_count),
        cmocka_unit_test(a_keyring_of_denied_keys_only_is_refused),
        cmocka_unit_test(an_empty_keyring_is_refused),
        cmocka_unit_test(one_broken_key_refuses_the_whole_keyring),
        cmocka_unit_test(a_mistyped_id_on_the_deny_list_is_refused),
    };

    return cmocka_run_group_tests(tests, make_keys, forget_keys);
}
